"""Migrations lead from nothing to the models, back, and run once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from storage.database import Database
from storage.engines import parse, postgres_engine, sqlite_engine, sqlite_path
from storage.errors import DatabaseMissing, ForeignDatabase, SchemaMismatch
from storage.installation import migrate, verify
from storage.models import metadata
from tests.postgres import Cluster


def open_engine(url: str) -> sa.Engine:
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite_engine(sqlite_path(parsed), write=True)
    return postgres_engine(parsed, pool=1)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where no table is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'new.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    with cluster.database(template="template0") as url:
        yield url


def test_the_migrations_lead_to_exactly_the_models(engine_url: str) -> None:
    engine = open_engine(engine_url)
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "render_as_batch": True})
        # A difference: the models changed; storage/migrations/env.py says how to write the migration again.
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_everything_can_be_taken_down_and_built_again(engine_url: str) -> None:
    engine = open_engine(engine_url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[2] / "storage/migrations"))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
        assert set(sa.inspect(conn).get_table_names()) == {"alembic_version"}
        command.upgrade(config, "head")
        assert "inbox" in sa.inspect(conn).get_table_names()
    engine.dispose()


def test_two_processes_that_migrate_at_once_create_one_installation(empty_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=migrate, args=(empty_url,), kwargs={"create": True}) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    engine = open_engine(empty_url)
    with engine.connect() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM installation")).scalar() == 1
        assert conn.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()


def test_nothing_is_created_unless_asked(empty_url: str) -> None:
    with pytest.raises(DatabaseMissing):
        migrate(empty_url, create=False)


def test_migrating_again_keeps_the_installation(database: Database, engine_url: str) -> None:
    first = database.read_now(lambda s: verify(s, None).installation_id)
    database.close()
    migrate(engine_url, create=True)
    again = Database(engine_url)
    assert again.read_now(lambda s: verify(s, first).installation_id) == first
    again.close()


def test_the_database_of_another_installation_is_refused_naming_both(database: Database) -> None:
    mine = database.read_now(lambda s: verify(s, None).installation_id)
    with pytest.raises(ForeignDatabase, match=f"{mine}.*another-one"):
        database.read_now(lambda s: verify(s, "another-one"))


def test_tables_of_another_version_are_refused(database: Database) -> None:
    database.write_now(lambda s: s.execute(sa.text("UPDATE alembic_version SET version_num='0000'")) and None)
    with pytest.raises(SchemaMismatch, match="0000"):
        database.read_now(lambda s: verify(s, None))


def test_tables_of_another_program_are_left_alone(empty_url: str, tmp_path: Path) -> None:
    if empty_url.startswith("sqlite"):
        sqlite_path(parse(empty_url)).parent.mkdir()
        sqlite_path(parse(empty_url)).touch()
    engine = open_engine(empty_url)
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE TABLE somebody_elses (id INTEGER)"))
    engine.dispose()
    with pytest.raises(ForeignDatabase):
        migrate(empty_url, create=True)


def test_an_empty_file_is_no_database_to_serve(sqlite_url: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.touch()
    opened = Database(f"sqlite:///{empty}")
    with pytest.raises(DatabaseMissing, match=r"empty\.db"):
        opened.read_now(lambda s: verify(s, None))
    opened.close()


def test_a_missing_file_is_no_database_to_serve(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing, match=r"gone\.db"):
        Database(f"sqlite:///{tmp_path / 'gone.db'}")
    assert not (tmp_path / "gone.db").exists()
