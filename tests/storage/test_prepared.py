"""Statements that the driver runs itself, and rows without the ORM: the same values, errors and limits."""

import contextlib
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from storage import deadline, rows
from storage.database import Database
from storage.dialects import core, is_among, table
from storage.errors import WorkTooLong
from storage.models import Account, InboxState, Initiative, Person, Task, TaskState
from storage.prepared import Prepared
from storage.unit_of_work import handle
from tests import factories

_TASK = table("task")
_BY_NUMBER = Prepared(sa.select(_TASK).where(_TASK.c.number == sa.bindparam("number")))


@pytest.fixture
def task(session: Session) -> Task:
    unit = factories.make_unit(session, "环保局")
    office = factories.make_person(session, "陈立", None)
    initiative = factories.make_initiative(session, units=[unit], created_by=office)
    return factories.make_task(session, initiative, unit, number=7, due_at=datetime(2026, 12, 1, tzinfo=UTC))


def test_a_row_read_by_the_driver_is_the_row_the_orm_reads(session: Session, task: Task) -> None:
    session.flush()
    session.expunge_all()
    row = _BY_NUMBER.first(core(session), {"number": 7})
    assert row is not None
    mine = rows.loaded(session, Task, row).model_dump()
    session.expunge_all()
    assert mine == session.exec(select(Task)).one().model_dump()
    assert mine["state"] is TaskState.ACTIVE


def test_an_object_the_session_has_is_brought_up_to_date(session: Session, task: Task) -> None:
    session.flush()
    core(session).execute(sa.update(_TASK).values(title="改过的名称"))
    row = _BY_NUMBER.first(core(session), {"number": 7})
    assert row is not None
    assert rows.loaded(session, Task, row) is task
    assert task.title == "改过的名称"
    assert task not in session.dirty


def test_what_was_loaded_can_be_changed_and_is_written(session: Session, task: Task) -> None:
    session.flush()
    session.expunge_all()
    row = _BY_NUMBER.first(core(session), {"number": 7})
    assert row is not None
    rows.loaded(session, Task, row).title = "新的名称"
    again = _BY_NUMBER.first(core(session), {"number": 7})  # core writes first
    assert again is not None
    assert "新的名称" in again


def test_a_new_row_is_written_at_once_with_what_its_model_leaves(session: Session) -> None:
    made = rows.write(session, Person, name="何川")
    assert made in session
    assert made.aliases == []
    made.title = "科长"
    session.flush()
    session.expunge_all()
    kept = session.exec(select(Person)).one()
    assert (kept.id, kept.name, kept.title) == (made.id, "何川", "科长")


def test_a_column_that_is_not_there_is_named(session: Session) -> None:
    with pytest.raises(TypeError, match="Person has no nmae"):
        rows.write(session, Person, nmae="何川")


def test_a_list_is_one_parameter(session: Session) -> None:
    person = table("person")
    for name in ("何川", "丁凯", "韩冰"):
        factories.make_person(session, name, None)
    named = Prepared(
        lambda postgres: sa.select(person.c.name).where(is_among(postgres, person.c.name, "names"))
    )
    for names in ([], ["何川"], ["丁凯", "韩冰", "'; DROP TABLE person"]):
        found = {row[0] for row in named.all(core(session), {"names": names})}
        assert found == set(names) & {"何川", "丁凯", "韩冰"}


def test_a_statement_that_returns_nothing_has_no_rows(session: Session, task: Task) -> None:
    rename = Prepared(sa.update(_TASK).values(title=sa.bindparam("title")))
    assert rename.all(core(session), {"title": "甲"}) == []
    assert rename.first(core(session), {"title": "乙"}) is None


def test_the_driver_s_error_comes_as_sqlalchemy_s_without_the_words(session: Session, task: Task) -> None:
    twice = Prepared(
        sa.insert(table("person")).values(
            id=sa.bindparam("id"), name=sa.bindparam("name"), title="", aliases=[], mobile="", employee_no=""
        )
    )
    person = session.exec(select(Person)).one()
    with pytest.raises(sa.exc.IntegrityError) as failed, session.begin_nested():
        twice.all(core(session), {"id": person.id, "name": "秘密的话"})
    assert "秘密的话" not in str(failed.value)
    assert session.exec(select(Initiative)).one()  # the transaction lives on


def test_a_value_that_is_missing_is_no_silent_null(session: Session) -> None:
    assert _BY_NUMBER.all(core(session), {"number": 1}) == []
    with pytest.raises(KeyError):
        _BY_NUMBER.all(core(session), {"nummer": 1})


async def test_no_statement_begins_after_the_time_limit(database: Database) -> None:
    def work(conn: sa.Connection, now: datetime) -> bool:
        savepoint = conn.begin_nested()
        deadline.arm(time.monotonic() - 1)
        with pytest.raises(WorkTooLong):
            _BY_NUMBER.all(conn, {"number": 1})
        struck = deadline.disarm()
        savepoint.rollback()
        assert _BY_NUMBER.all(conn, {"number": 1}) == []
        return struck

    assert database.submit(work).result()


class Careless:
    """An event whose handler swallows a failed flush and goes on writing."""

    refusals: type[Exception] = LookupError
    not_yet: type[Exception] = LookupError
    binding, message_key, proof = "feishu", "m:1", ""

    def doubt(self) -> None: ...

    def dispatch(self, session: Session, now: datetime) -> str:
        rows.write(session, Person, name="先写的")
        session.add(Account(person_id=-1, binding="feishu", direct_target="ou_1"))
        with contextlib.suppress(sa.exc.IntegrityError):
            session.flush()
        rows.write(session, Person, name="后写的")
        return ""

    def refuse(self, session: Session, refusal: Exception, now: datetime) -> str:
        return ""

    def payload(self) -> str:
        return "{}"


async def test_after_a_failed_flush_nothing_more_is_written(database: Database) -> None:
    work = partial(handle, event=Careless(), deadline=time.monotonic() + 5)
    handled = database.submit(lambda conn, now: work(conn, now=now)).result()
    assert handled.state is InboxState.PENDING
    assert isinstance(handled.failure, sa.exc.PendingRollbackError)
    assert database.read_now(lambda session: session.exec(select(Person)).all()) == []


async def test_a_long_reading_is_stopped_on_its_way(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    endless = Prepared(
        sa.text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        ).columns(sa.column("count", sa.Integer))
    )

    def work(conn: sa.Connection, now: datetime) -> bool:
        deadline.arm(time.monotonic() + timedelta(milliseconds=50).total_seconds())
        with pytest.raises(sa.exc.OperationalError):
            endless.all(conn, {})
        return deadline.disarm()

    try:
        assert database.submit(work).result(timeout=20)
    finally:
        database.close()
