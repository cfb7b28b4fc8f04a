"""Events set aside and backups, from the console."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import inbox
from storage.database import Database
from storage.dialects import table
from storage.models import AuditEntry
from tests.bot.test_console import run


@pytest.fixture
def url(tmp_path: Path, sqlite_template: Path) -> str:
    """A database as ``migrate --create`` makes it."""
    made = tmp_path / "a.sqlite3"
    shutil.copy(sqlite_template, made)
    return f"sqlite:///{made}"


def set_aside(url: str) -> int:
    """One event that failed five times."""
    database = Database(url)
    row = {
        "binding": "feishu",
        "message_key": "m:om_1",
        "state": "aside",
        "attempts": inbox.ATTEMPTS,
        "received_at": database.now(),
        "payload": "{}",
        "error": "ValueError: first line\nsecond line",
    }
    entry: int = database.write_now(
        lambda session: session.execute(
            sa.insert(table("inbox")).returning(table("inbox").c.id), row
        ).scalar_one()
    )
    database.close()
    return entry


def test_an_event_that_was_set_aside_is_listed_and_tried_again(url: str) -> None:
    empty = run("inbox", "list", CHENGQUAN_DATABASE_URL=url)
    assert (empty.returncode, empty.stdout) == (0, "没有搁置的消息。\n")
    entry = set_aside(url)
    listed = run("inbox", "list", CHENGQUAN_DATABASE_URL=url)
    assert listed.returncode == 0
    first, how = listed.stdout.splitlines()
    assert first.startswith(f"{entry}  feishu  ")
    assert first.endswith("  m:om_1  ValueError: first line second line")
    assert "chengquan inbox rerun" in how
    again = run("inbox", "rerun", str(entry), CHENGQUAN_DATABASE_URL=url)
    assert again.returncode == 0
    assert f"{entry} 已重新排队" in again.stdout
    assert run("inbox", "list", CHENGQUAN_DATABASE_URL=url).stdout == "没有搁置的消息。\n"
    database = Database(url)
    claimed = database.write_now(lambda session: inbox.claim_pending(session.connection(), database.now()))
    assert claimed is not None
    assert (claimed.id, claimed.attempts, claimed.payload) == (entry, 1, "{}")
    actions = database.read_now(lambda s: list(s.scalars(sa.select(AuditEntry.action))))
    assert actions == ["inbox.rerun"]
    database.close()
    assert run("audit", "verify", CHENGQUAN_DATABASE_URL=url).returncode == 0


@pytest.mark.parametrize("given", [["7"], ["x"], ["0"], ["-1"], ["99999999999999999999"], []])
def test_an_event_that_is_not_there_is_one_clear_line(url: str, given: list[str]) -> None:
    refused = run("inbox", "rerun", *given, CHENGQUAN_DATABASE_URL=url)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    if given == ["7"]:
        assert refused.stderr == "没有编号 7 的搁置消息。用 chengquan inbox list 看有哪些。\n"


def test_beside_a_running_service_one_looks_and_backs_up_but_does_not_write(url: str, tmp_path: Path) -> None:
    entry = set_aside(url)
    service = Database(url)
    try:
        assert run("inbox", "list", CHENGQUAN_DATABASE_URL=url).returncode == 0
        refused = run("inbox", "rerun", str(entry), CHENGQUAN_DATABASE_URL=url)
        assert refused.returncode == 2
        assert "in use by another process; stop the service first" in refused.stderr
        made = run("backup", str(tmp_path / "copy.db"), CHENGQUAN_DATABASE_URL=url)
        assert made.returncode == 0, made.stderr
    finally:
        service.close()


def test_a_backup_is_made_tried_and_put_back(url: str, tmp_path: Path) -> None:
    set_aside(url)
    copy = str(tmp_path / "copy.db")
    made = run("backup", copy, CHENGQUAN_DATABASE_URL=url)
    assert made.returncode == 0
    assert made.stdout.startswith(f"已备份到 {copy}（")
    tried = run("restore", copy, "--check", CHENGQUAN_DATABASE_URL=url)
    assert tried.returncode == 0, tried.stderr
    assert "可以恢复：没发完的 0 条消息会留着不发。备份没有动。" in tried.stdout
    refused = run("restore", copy, CHENGQUAN_DATABASE_URL=url)
    assert refused.returncode == 2
    assert "a.sqlite3 is there already" in refused.stderr
    for gone in tmp_path.glob("a.sqlite3*"):
        gone.unlink()
    back = run("restore", copy, CHENGQUAN_DATABASE_URL=url)
    assert back.returncode == 0, back.stderr
    assert "已恢复" in back.stdout
    assert "feishu" in run("inbox", "list", CHENGQUAN_DATABASE_URL=url).stdout


def test_what_cannot_be_backed_up_or_put_back_is_one_clear_line(url: str, tmp_path: Path) -> None:
    for arguments, why in (
        (["backup", str(tmp_path / "a.sqlite3")], "the database itself"),
        (["backup", str(tmp_path)], "a folder"),
        (["backup", str(tmp_path / "no" / "copy.db")], "no backup was made"),
        (["restore", str(tmp_path / "gone.db"), "--check"], "gone.db"),
        (["restore", "--check"], "chengquan restore 文件 --check"),
    ):
        refused = run(*arguments, CHENGQUAN_DATABASE_URL=url)
        assert refused.returncode == 2, arguments
        assert why in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert run("audit", "verify", CHENGQUAN_DATABASE_URL=url).returncode == 0


def test_a_database_put_back_by_other_means_is_marked_only_when_agreed_to(url: str) -> None:
    no = run("restore", stdin="n\n", CHENGQUAN_DATABASE_URL=url)
    assert no.returncode == 0
    assert "没有动" in no.stdout
    yes = run("restore", "--yes", CHENGQUAN_DATABASE_URL=url)
    assert yes.returncode == 0
    assert "留着没发" in yes.stdout


def test_on_postgresql_an_event_is_tried_again_beside_the_running_service(
    postgres_url: str, tmp_path: Path
) -> None:
    entry = set_aside(postgres_url)
    service = Database(postgres_url)
    try:
        assert run("inbox", "rerun", str(entry), CHENGQUAN_DATABASE_URL=postgres_url).returncode == 0
        claimed = service.write_now(lambda session: inbox.claim_pending(session.connection(), service.now()))
        assert claimed is not None
        assert claimed.id == entry
    finally:
        service.close()
    (tmp_path / "some.db").write_bytes(b"")
    for arguments, why in (
        (["backup", str(tmp_path / "copy.db")], "pg_dump"),
        (["restore", str(tmp_path / "some.db")], "pg_restore"),
    ):
        refused = run(*arguments, CHENGQUAN_DATABASE_URL=postgres_url)
        assert refused.returncode == 2
        assert why in refused.stderr
    marked = run("restore", "--yes", CHENGQUAN_DATABASE_URL=postgres_url)
    assert marked.returncode == 0, marked.stderr
