"""Which installation a database belongs to, and bringing its tables up to date."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from storage.engines import parse, postgres_engine, sqlite_engine, sqlite_path
from storage.errors import DatabaseMissing, ForeignDatabase, SchemaMismatch
from storage.models import metadata
from storage.models.installation import Installation
from storage.sqlite_file import FileLock, refuse_shared_file_system

_MIGRATIONS = Path(__file__).parent / "migrations"
_INSTALLATION = metadata.tables["installation"]
_LOCK = 0x43_48_45_4E_47  #: of our migrations on PostgreSQL; held by the transaction, not the session
_PATIENCE = 60.0  #: seconds to wait for another process that migrates


def head() -> str:
    """The revision this program needs."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def migrate(url: str, *, create: bool) -> None:
    """Bring the database to ``head()``; does nothing if it is there. Safe to start several times at once.

    ``create``: an empty or missing database becomes a new installation with a random id.

    Raises:
        DatabaseMissing: it is empty or missing, and ``create`` was not asked for.
        ForeignDatabase: it holds tables that are not ours.
    """
    from alembic import command
    from alembic.config import Config

    with _migration_connection(parse(url), create) as conn:
        if _is_empty(conn) and not create:
            raise DatabaseMissing(f"the database {_name(conn)} is empty; 'migrate --create' fills it")
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        _create_installation(conn)


@contextmanager
def _migration_connection(url: sa.URL, create: bool) -> Iterator[sa.Connection]:
    """In a transaction that excludes every other migration, committed at the end."""
    if url.get_backend_name() == "postgresql":
        engine = postgres_engine(url, pool=1)
        with _disposed(engine), engine.begin() as conn:
            conn.execute(sa.text(f"SET LOCAL lock_timeout = '{int(_PATIENCE)}s'"))
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            yield conn
        return
    path = sqlite_path(url)
    if create and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if not path.is_file():
        raise DatabaseMissing(f"there is no database {path}; 'migrate --create' makes one")
    refuse_shared_file_system(path)
    lock = FileLock(path, patience=_PATIENCE)
    try:
        engine = sqlite_engine(path, write=True)
        # Alembic rebuilds a table to change it; with the keys on, dropping the old one would delete rows.
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF").close())
        with _disposed(engine), engine.begin() as conn:
            yield conn
    finally:
        lock.release()


@contextmanager
def _disposed(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def _is_empty(conn: sa.Connection) -> bool:
    """Raises ``ForeignDatabase`` for tables that are not ours."""
    tables = set(sa.inspect(conn).get_table_names())
    if tables and not {"alembic_version", "installation"} <= tables:
        raise ForeignDatabase(f"the database {_name(conn)} holds tables of another program")
    return not tables


def _create_installation(conn: sa.Connection) -> None:
    if conn.execute(sa.select(_INSTALLATION.c.id)).first() is None:
        new = {"installation_id": secrets.token_hex(16), "secret": secrets.token_hex(32)}
        fresh = sa.insert(_INSTALLATION).values(id=1, directory_version=0, business_offset=0, **new)
        conn.execute(fresh.values(created_at=datetime.now(UTC)))


def verify(session: Session, expected: str | None) -> Installation:
    """The installation this database belongs to; ``expected`` is the configured id, if any.

    Raises:
        DatabaseMissing: there are no tables yet.
        SchemaMismatch: the tables are older or newer than the program.
        ForeignDatabase: another installation's, or another program's.
    """
    conn = session.connection()
    if _is_empty(conn):
        raise DatabaseMissing(f"the database {_name(conn)} is empty; 'migrate --create' fills it")
    revision = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if revision != head():
        raise SchemaMismatch(
            f"the database is at revision {revision}, this program needs {head()}: 'migrate'"
        )
    found = session.get(Installation, 1)
    if found is None or (expected and found.installation_id != expected):
        has, wants = (found.installation_id if found else "none"), expected or "none"
        raise ForeignDatabase(
            f"the database {_name(conn)} belongs to installation {has}, the settings name {wants}"
        )
    return found


def _name(conn: sa.Connection) -> str:
    """Without user and password."""
    if conn.dialect.name == "sqlite":
        return str(conn.execute(sa.text("SELECT file FROM pragma_database_list WHERE name='main'")).scalar())
    return str(conn.engine.url.database)
