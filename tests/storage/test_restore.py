"""A backup that is put back knows that people have seen more than it holds."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from storage import audit, job_runs, numbers, outbox
from storage.audit_check import verify
from storage.backup import BackupFailed, backup
from storage.database import Database, system_now
from storage.dialects import table
from storage.errors import DatabaseMissing, ForeignDatabase
from storage.job_runs import Planned
from storage.models import AuditEntry, JobRun, JobState, OutboxEntry, OutboxState
from storage.restore import ACTION, mark, rehearse, restore


def lived_in(session: Session) -> None:
    """A number was given out, a message is due, one was delivered, a job is under way."""
    now = system_now(session)
    assert numbers.take(session, "T", 3) == 1
    place = outbox.address_for(session, binding="feishu", app="a", kind="group", target="oc_1")
    items = [outbox.Outgoing(place, "{}", key, now) for key in ("due", "delivered")]
    outbox.enqueue(session, items, key=b"k")
    out = table("outbox")
    sent = sa.update(out).where(out.c.dedup_key == "delivered")
    session.execute(sent.values(state=OutboxState.DELIVERED, done_at=now))
    job_runs.claim(session, "digest", [Planned(now - timedelta(days=2))])
    audit.record(session, at=now, actor="person:1", action="x", object="thing:1", body={"n": 1})
    audit.seal(session)


def states(session: Session) -> dict[str, OutboxState]:
    return dict(session.execute(sa.select(OutboxEntry.dedup_key, OutboxEntry.state)).all())  # type: ignore[arg-type]


def check_marked(session: Session, before: str) -> None:
    assert states(session) == {"due": OutboxState.HELD, "delivered": OutboxState.DELIVERED}
    runs = session.scalars(sa.select(JobRun).where(JobRun.job == "digest").order_by(JobRun.planned)).all()
    assert [run.state for run in runs] == [JobState.SKIPPED] * 2
    assert job_runs.last_planned(session, ["digest"])["digest"] > system_now(session) - timedelta(minutes=1)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == ACTION)).one()
    assert before in (entry.body or "")
    assert verify(session).problems == ()


def test_what_was_under_way_is_held_and_nothing_is_caught_up(database: Database) -> None:
    database.write_now(lived_in)
    root = database.read_now(audit.root)
    marked = database.write_now(mark)
    assert (marked.root, marked.held) == (root, 1)
    database.read_now(lambda session: check_marked(session, root.hash))
    assert database.write_now(lambda session: numbers.take(session, "T")) == 104


@pytest.fixture
def saved(sqlite_url: str, tmp_path: Path) -> Path:
    """A backup; the database it is of is gone."""
    database = Database(sqlite_url)
    database.write_now(lived_in)
    backup(sqlite_url, tmp_path / "saved.db")
    database.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    for gone in path.parent.glob(f"{path.name}*"):
        gone.unlink()
    return tmp_path / "saved.db"


def test_a_backup_comes_back_whole_and_marked(sqlite_url: str, saved: Path) -> None:
    before = saved.read_bytes()
    found = restore(saved, sqlite_url, None)
    assert saved.read_bytes() == before
    assert (found.marked.held, found.record.ok, found.record.sealed) == (1, True, 1)
    database = Database(sqlite_url)
    database.read_now(lambda session: check_marked(session, found.marked.root.hash))
    database.close()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    assert not list(path.parent.glob(".restoring-*"))
    with pytest.raises(BackupFailed, match="is there already"):
        restore(saved, sqlite_url, None)


def test_a_rehearsal_changes_nothing(sqlite_url: str, saved: Path) -> None:
    before = saved.read_bytes()
    found = rehearse(saved, None)
    assert (found.marked.held, found.record.ok) == (1, True)
    assert saved.read_bytes() == before
    assert not Path(sqlite_url.removeprefix("sqlite:///")).exists()
    assert sorted(each.name for each in saved.parent.glob("saved*")) == ["saved.db"]


def test_another_installations_backup_is_not_put_back(sqlite_url: str, saved: Path) -> None:
    with pytest.raises(ForeignDatabase, match=r"saved\.db belongs to .* another"):
        restore(saved, sqlite_url, "another")
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    assert not path.exists()


def test_what_is_no_backup_is_named(sqlite_url: str, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("an honest letter " * 100)
    with pytest.raises(BackupFailed, match=r"letter\.txt cannot be put back"):
        rehearse(tmp_path / "letter.txt", None)
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(DatabaseMissing, match=r"empty\.db is empty"):
        rehearse(tmp_path / "empty.db", None)
    with pytest.raises(BackupFailed, match=r"no file .*gone\.db"):
        rehearse(tmp_path / "gone.db", None)
    with pytest.raises(BackupFailed, match="pg_restore"):
        restore(saved, "postgresql://localhost/x", None)
    with pytest.raises(BackupFailed, match="no folder"):
        restore(saved, f"sqlite:///{tmp_path / 'no' / 'x.db'}", None)


def test_a_damaged_backup_is_refused(saved: Path) -> None:
    damaged = bytearray(saved.read_bytes())
    damaged[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    saved.write_bytes(damaged)
    with pytest.raises(BackupFailed, match="cannot be put back"):
        rehearse(saved, None)


def test_a_log_left_beside_the_old_database_is_not_taken_for_the_new_ones(
    sqlite_url: str, saved: Path
) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.with_name(f"{path.name}-wal").write_bytes(b"old")
    with pytest.raises(BackupFailed, match="-wal is there already"):
        restore(saved, sqlite_url, None)
