"""A backup is one state of the database, whole, or not there."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.backup import BackupFailed, backup
from storage.database import Database
from storage.dialects import table
from storage.errors import DatabaseMissing

COUNTER = table("number_counter")


def test_a_backup_holds_what_was_committed_while_the_service_runs(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    database.write_now(lambda s: s.execute(sa.insert(COUNTER).values(kind="T", next_value=7)) and None)
    backup(sqlite_url, tmp_path / "copy.db")
    database.close()
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT kind, next_value FROM number_counter").fetchall() == [("T", 7)]
    assert copy.execute("SELECT count(*) FROM installation").fetchone() == (1,)
    copy.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_can_be_served(sqlite_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "copy.db")
    Database(f"sqlite:///{tmp_path / 'copy.db'}").close()


def test_a_failed_backup_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"no database at all" * 100)
    (tmp_path / "copy.db").write_bytes(b"the one before")
    with pytest.raises(BackupFailed):
        backup(f"sqlite:///{tmp_path / 'broken.db'}", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"the one before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken.db", "copy.db"]


def test_a_damaged_database_makes_no_backup(sqlite_url: str, tmp_path: Path) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    damaged = bytearray(path.read_bytes())
    damaged[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    path.write_bytes(damaged)
    with pytest.raises(BackupFailed):
        backup(sqlite_url, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_database_is_never_replaced_by_its_own_copy(sqlite_url: str, tmp_path: Path) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    (tmp_path / "by another name").symlink_to(path)
    before = path.stat().st_ino
    for target in (path, tmp_path / "by another name", tmp_path):
        with pytest.raises(BackupFailed, match="the database itself"):
            backup(sqlite_url, target)
    assert path.stat().st_ino == before


def test_what_cannot_be_copied_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match=r"gone\.db"):
        backup(f"sqlite:///{tmp_path / 'gone.db'}", tmp_path / "copy.db")
    with pytest.raises(BackupFailed, match="pg_dump"):
        backup("postgresql://localhost/x", tmp_path / "copy.db")
