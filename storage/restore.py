"""Putting a backup back, and trying whether that would work.

People have seen what happened after the backup: messages that were under way then may have arrived long
ago, their chats name numbers that are lost, and what was planned in between is over. So the database is
marked before anybody serves it.
"""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from storage import audit, installation, job_runs, numbers, outbox
from storage.audit_chain import Root
from storage.audit_check import Verification, verify
from storage.backup import BackupFailed, backup
from storage.database import Database, system_now
from storage.dialects import table
from storage.engines import parse, sqlite_path
from storage.errors import DatabaseMissing, DatabaseRefused, ForeignDatabase
from storage.models import Installation, JobState
from storage.sqlite_file import refuse_shared_file_system

DISTANCE = 100  #: numbers of each kind that are left out
ACTION = "installation.restore"

_RUN = table("job_run")


@dataclass(frozen=True, slots=True)
class Marked:
    """``root``: the end of the record that came back. ``held``: messages a person has to decide on."""

    root: Root
    held: int


@dataclass(frozen=True, slots=True)
class Restored:
    installation_id: str
    record: Verification
    marked: Marked


def rehearse(file: Path, expected: str | None) -> Restored:
    """Everything ``restore`` does, to a copy that is thrown away; ``file`` itself is only read.

    Raises:
        BackupFailed: it is missing or damaged, or there is no room for the copy.
        DatabaseRefused: it holds no installation, or another one than ``expected``.
    """
    with tempfile.TemporaryDirectory(prefix="chengquan-") as folder:
        return _prepared(file, Path(folder) / "copy.sqlite3", expected)


def restore(file: Path, url: str, expected: str | None) -> Restored:
    """Put ``file`` where ``url`` says, whole and marked, or not at all. Nothing is ever overwritten.

    Raises:
        BackupFailed: as ``rehearse``; or there is a database already, or it is not SQLite.
        DatabaseRefused: as ``rehearse``; or the file system is a shared one.
    """
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite":
        raise BackupFailed("this is PostgreSQL: use pg_restore, then 'restore' without a file")
    target = sqlite_path(parsed)
    for there in (target, target.with_name(f"{target.name}-wal")):
        if there.exists():
            raise BackupFailed(f"{there} is there already: stop the service and move it away first")
    if not target.parent.is_dir():
        raise BackupFailed(f"there is no folder {target.parent}")
    refuse_shared_file_system(target)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=target.parent) as folder:
        copy = Path(folder) / "copy.sqlite3"
        found = _prepared(file, copy, expected)
        backup(f"sqlite:///{copy}", target)
    return found


def _prepared(file: Path, copy: Path, expected: str | None) -> Restored:
    if not file.is_file():
        raise BackupFailed(f"there is no file {file}")
    url = f"sqlite:///{copy}"
    try:
        backup(f"sqlite:///{file.absolute()}", copy)
        installation.migrate(url, create=False)
    except BackupFailed as error:
        raise BackupFailed(f"{file} cannot be put back: {error}") from error
    except (DatabaseMissing, ForeignDatabase) as error:
        raise _of(file, copy, error) from error
    database = Database(url)
    try:
        whose = database.read_now(lambda session: installation.verify(session, expected).installation_id)
        record = database.read_now(verify)
        return Restored(whose, record, database.write_now(mark))
    except ForeignDatabase as error:
        raise _of(file, copy, error) from error
    finally:
        database.close()


def _of(file: Path, copy: Path, error: DatabaseRefused) -> DatabaseRefused:
    """People know the backup's name, not the copy's."""
    return type(error)(str(error).replace(str(copy), str(file)))


def mark(session: Session) -> Marked:
    """Hold what was under way, leave numbers out, catch nothing up, and say so in the record. For a
    database that was put back by other means, before it is served."""
    now = system_now(session)
    business = now + timedelta(seconds=session.get_one(Installation, 1).business_offset)
    root, held = audit.root(session), outbox.hold_all(session)
    numbers.skip(session, DISTANCE)
    under_way = sa.update(_RUN).where(_RUN.c.state == JobState.RUNNING)
    session.execute(under_way.values(state=JobState.SKIPPED, lease_until=None, finished_at=now))
    job_runs.skip_missed(session, session.scalars(sa.select(_RUN.c.job).distinct()).all(), business)
    body = {"count": root.count, "hash": root.hash, "held": held, "numbers": DISTANCE}
    audit.record(
        session, at=business, actor="console", action=ACTION, object="installation:restored", body=body
    )
    return Marked(root, held)
