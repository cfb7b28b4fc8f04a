"""Units of work: committed before anybody is told, grouped without sharing failures, and ended in time."""

import asyncio
import multiprocessing
import threading
import time
from concurrent.futures import CancelledError
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from storage.database import Database, system_now
from storage.engines import parse
from storage.errors import DatabaseClosed, DatabaseInUse, UnsuitableFile
from storage.models import metadata
from storage.sqlite_file import refuse_shared_file_system

COUNTER = metadata.tables["number_counter"]


def insert(session: Session, kind: str) -> None:
    session.execute(sa.insert(COUNTER).values(kind=kind, next_value=1))


def kinds(database: Database) -> set[str]:
    return set(database.read_now(lambda s: s.execute(sa.select(COUNTER.c.kind)).scalars().all()))


async def test_what_write_returned_for_is_visible_to_the_next_read(database: Database) -> None:
    await database.write(lambda s: insert(s, "T"))
    assert kinds(database) == {"T"}


async def test_an_error_leaves_nothing(database: Database) -> None:
    def broken(session: Session) -> None:
        insert(session, "T")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(broken)
    assert kinds(database) == set()


async def test_increments_by_many_callers_are_not_lost(database: Database) -> None:
    await database.write(lambda s: insert(s, "T"))
    raised = sa.update(COUNTER).values(next_value=COUNTER.c.next_value + 1)
    await asyncio.gather(*(database.write(lambda s: s.execute(raised) and None) for _ in range(100)))
    assert database.read_now(lambda s: s.execute(sa.select(COUNTER.c.next_value)).scalar()) == 101


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        await database.read(lambda s: insert(s, "T"))
    assert kinds(database) == set()


async def test_system_time_is_now_and_aware(database: Database) -> None:
    for now in (database.now(), await database.write(system_now), await database.read(system_now)):
        assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


async def test_events_waiting_together_all_commit(database: Database) -> None:
    def event(no: int):  # type: ignore[no-untyped-def]
        return lambda conn, now: conn.execute(sa.insert(COUNTER).values(kind=str(no), next_value=no)) and no

    futures = [database.submit(event(no)) for no in range(200)]
    assert [await asyncio.wrap_future(f) for f in futures] == list(range(200))
    assert kinds(database) == {str(no) for no in range(200)}


async def test_an_event_that_fails_takes_none_of_its_group_with_it(database: Database) -> None:
    started = threading.Event()

    def hold(conn: sa.Connection, now: datetime) -> None:
        started.wait(5)

    def event(no: int):  # type: ignore[no-untyped-def]
        def run(conn: sa.Connection, now: datetime) -> None:
            conn.execute(sa.insert(COUNTER).values(kind=str(no), next_value=no))
            if no == 3:
                raise ZeroDivisionError

        return run

    first = database.submit(hold)
    futures = [database.submit(event(no)) for no in range(5)]
    started.set()
    await asyncio.wrap_future(first)
    results = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
    assert [type(r) for r in results] == [type(None)] * 3 + [ZeroDivisionError, type(None)]
    assert kinds(database) == {"0", "1", "2", "4"}


async def test_a_cancelled_event_that_had_not_begun_never_runs(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    running, go_on = threading.Event(), threading.Event()
    first = database.submit(lambda conn, now: (running.set(), go_on.wait(5)))
    assert await asyncio.to_thread(running.wait, 5)
    second = database.submit(
        lambda conn, now: conn.execute(sa.insert(COUNTER).values(kind="T", next_value=1)) and None
    )
    assert second.cancel()
    go_on.set()
    await asyncio.wrap_future(first)
    with pytest.raises(CancelledError):
        second.result()
    assert kinds(database) == set()
    database.close()


async def test_events_go_before_other_work_and_other_work_is_not_starved(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    order: list[str] = []
    running, go_on = threading.Event(), threading.Event()
    futures = [database.submit(lambda conn, now: (running.set(), go_on.wait(5)))]
    assert await asyncio.to_thread(running.wait, 5)
    jobs = [database.start(lambda s, n=n: order.append(f"job{n}")) for n in range(2)]
    for _ in range(70):
        futures.append(database.submit(lambda conn, now: order.append("event")))
    go_on.set()
    for future in [*futures, *jobs]:
        await asyncio.wrap_future(future)
    assert order.index("event") < order.index("job0")
    assert order.index("job0") < 70 < len(order)
    database.close()


def test_closing_refuses_new_work_and_finishes_what_was_given(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    future = database.start(lambda s: insert(s, "T"))
    database.close()
    assert future.done()
    with pytest.raises(DatabaseClosed):
        database.write_now(lambda s: None)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_ever_when_the_writer_dies(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def die(session: Session) -> None:
        raise SystemExit

    dead, waiting = database.start(die), database.start(lambda s: None)
    for future in (dead, waiting):
        with pytest.raises(DatabaseClosed):
            future.result(timeout=5)
    database.close()


def _open_elsewhere(url: str, refused: "multiprocessing.Queue[bool]") -> None:
    try:
        Database(url).close()
        refused.put(False)
    except DatabaseInUse:
        refused.put(True)


def test_a_second_process_is_refused_and_a_reader_is_not(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    spawn = multiprocessing.get_context("spawn")
    refused: multiprocessing.Queue[bool] = spawn.Queue()
    process = spawn.Process(target=_open_elsewhere, args=(sqlite_url, refused))
    process.start()
    assert refused.get(timeout=30) is True
    process.join(30)
    database.write_now(lambda s: insert(s, "T"))
    looking = Database(sqlite_url, read_only=True)
    assert kinds(looking) == {"T"}
    with pytest.raises(DatabaseClosed):
        looking.write_now(lambda s: None)
    looking.close()
    database.close()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "virtiofs", "fuse.sshfs", "ceph", "fuse.glusterfs"])
def test_shared_file_systems_are_refused(kind: str) -> None:
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/sda rw\n"
        f"30 22 0:40 / /srv/our\\040share rw - {kind} host:/x rw\n"
        "31 22 8:2 / /srv/our\\040share/local rw - xfs /dev/sdb rw\n"
    )
    with pytest.raises(UnsuitableFile, match=kind):
        refuse_shared_file_system(Path("/srv/our share/data/bot.db"), mounts)
    refuse_shared_file_system(Path("/srv/our share/local/bot.db"), mounts)
    refuse_shared_file_system(Path("/srv/other/bot.db"), mounts)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "nonsense"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(UnsuitableFile):
        parse(url)


def test_commits_are_synchronised_to_disk(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def settings(session: Session) -> tuple[object, ...]:
        names = ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        return tuple(session.execute(sa.text(f"PRAGMA {name}")).scalar() for name in names)

    assert database.write_now(settings) == (2, "wal", 1, 5000)
    database.close()


def test_a_rollback_to_a_savepoint_really_takes_the_row_back(database: Database) -> None:
    def careful(session: Session) -> None:
        insert(session, "kept")
        savepoint = session.begin_nested()
        insert(session, "gone")
        savepoint.rollback()

    database.write_now(careful)
    assert kinds(database) == {"kept"}


def test_a_connection_that_died_while_idle_is_replaced(postgres_url: str) -> None:
    database = Database(postgres_url)
    pid = database.write_now(lambda s: s.execute(sa.text("SELECT pg_backend_pid()")).scalar())
    other = Database(postgres_url)
    other.write_now(lambda s: s.execute(sa.text(f"SELECT pg_terminate_backend({pid}, 5000)")) and None)
    database.write_now(lambda s: insert(s, "T"))
    assert kinds(other) == {"T"}
    other.close()
    database.close()


def test_a_lock_held_by_somebody_else_is_waited_for_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    database.write_now(lambda s: insert(s, "T"))
    lock = sa.select(COUNTER).with_for_update(key_share=True)
    with database.engine.begin() as conn:
        conn.execute(lock)
        begun = time.monotonic()
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            database.write_now(lambda s: s.execute(lock) and None)
        assert time.monotonic() - begun > 0.8  # three tries of 300 ms
    database.write_now(lambda s: s.execute(lock) and None)
    database.close()
