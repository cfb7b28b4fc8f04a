"""A copy of the SQLite file while the service writes: one state, checked, whole or not there."""

import contextlib
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from storage.engines import parse, sqlite_path
from storage.errors import DatabaseMissing, StorageError


class BackupFailed(StorageError):
    """The copy was thrown away."""


def backup(url: str, target: Path) -> None:
    """Copy the database to ``target``, replacing it at the very end. The service may be running.

    ``VACUUM INTO`` reads one snapshot: a copy of the file by ``cp`` lacks what is still in the WAL.
    Blocks for about 3 s a gigabyte. For PostgreSQL use ``pg_dump``.

    Raises:
        BackupFailed: not SQLite, ``target`` is the database itself or a folder, the disk is full, or the
            copy does not pass the integrity check.
        DatabaseMissing: there is no database.
    """
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite":
        raise BackupFailed("this is PostgreSQL: use pg_dump")
    source = sqlite_path(parsed)
    if not source.is_file():
        raise DatabaseMissing(f"there is no database {source}")
    if target.is_dir() or (target.exists() and target.samefile(source)):
        raise BackupFailed(f"no backup was made: {target} is a folder or the database itself")
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(source, unfinished)
        _check(unfinished)
        _sync(unfinished)
        unfinished.replace(target)
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(f"no backup was made: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # SQLite fills an empty file
    with contextlib.closing(_connect(source, "ro")) as raw:
        raw.execute("VACUUM INTO ?", (str(target),))


def _check(path: Path) -> None:
    with contextlib.closing(_connect(path, "ro")) as raw:
        found = raw.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise BackupFailed(f"the copy is damaged: {found}")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None, timeout=10)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
