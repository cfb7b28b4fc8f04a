"""A database with every table of the models, on both engines; what a test did is rolled back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from storage.engines import parse, postgres_engine, sqlite_engine
from storage.models import metadata
from tests import postgres


@pytest.fixture(scope="session")
def _new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    path: Path = tmp_path_factory.mktemp("clock") / "clock.db"
    engine = sqlite_engine(path, write=True, create=True)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _new_postgres(postgres_cluster: postgres.Cluster) -> Iterator[sa.Engine]:
    with postgres_cluster.database() as url:
        engine = postgres_engine(parse(url), pool=2)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    engine: sa.Engine = request.getfixturevalue(f"_new_{request.param}")
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={"system_now": datetime.now(UTC)},
        ) as opened:
            yield opened
        transaction.rollback()
