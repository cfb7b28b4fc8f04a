"""Engines for both kinds of database, with the settings that keep promises."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from storage.errors import UnsuitableFile

_dumps = json.JSONEncoder(ensure_ascii=False).encode  # Chinese keys stay searchable on SQLite


def parse(url: str) -> sa.URL:
    """``sqlite:///file`` or ``postgresql://…`` (psycopg is chosen here).

    Raises:
        UnsuitableFile: another kind of database, or SQLite without a file.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise UnsuitableFile("the database URL cannot be read") from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise UnsuitableFile("the database URL must be sqlite:///FILE or postgresql://…")
    return parsed


def sqlite_path(url: sa.URL) -> Path:
    return Path(url.database or "").absolute()


def sqlite_engine(path: Path, *, write: bool, pool: int = 1, create: bool = False) -> sa.Engine:
    """``write``: transactions begin IMMEDIATE, because a read that writes later fails at once.

    Without it nothing can be written. ``synchronous=FULL``: NORMAL makes no fsync at commit, and a
    power cut would take back what was answered. ``temp_store=MEMORY``: each event's savepoint keeps the
    pages it changes aside, and they would go through a file.
    """
    target = f"file:{quote(str(path))}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(
            target, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            f"query_only={'OFF' if write else 'ON'}",
        ):
            raw.execute(f"PRAGMA {pragma}").close()
        return raw

    engine = sa.create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=pool,
        json_serializer=_dumps,
        hide_parameters=True,  # errors are logged, and parameters hold what people said
    )
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return _with_plain_savepoints(engine)


def postgres_engine(url: sa.URL, *, pool: int) -> sa.Engine:
    """``prepare_threshold=None``: prepared statements do not survive a transaction pooler."""
    engine = sa.create_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=5,
        json_serializer=_dumps,
        hide_parameters=True,
        connect_args={"prepare_threshold": None, "connect_timeout": 5},
    )
    return _with_plain_savepoints(engine)


def _with_plain_savepoints(engine: sa.Engine) -> sa.Engine:
    """SAVEPOINT and what ends it go to the driver as they are: every event needs two of them, and
    SQLAlchemy makes a statement of each, compiled anew, because each savepoint has its own name."""

    def saying(words: str) -> Callable[[sa.Connection, str], None]:
        def say(conn: sa.Connection, name: str) -> None:
            cursor = conn.connection.cursor()
            cursor.execute(f"{words} {name}")
            cursor.close()

        return say

    for action, words in (
        ("do_savepoint", "SAVEPOINT"),
        ("do_release_savepoint", "RELEASE SAVEPOINT"),
        ("do_rollback_to_savepoint", "ROLLBACK TO SAVEPOINT"),
    ):
        setattr(engine.dialect, action, saying(words))
    return engine
