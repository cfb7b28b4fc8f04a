"""Whose roles somebody has who stands in for a colleague: for those days, in their unit, and no others."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from commands.access import Permission, Rights, rights_of
from storage.models import Leave, Person, Role
from storage.queries.leave import Lent, stands_in_for, whose_roles
from tests.factories import Case, at, grant, make_case, make_person

P = Permission
MONDAY, WEDNESDAY = date(2026, 12, 7), date(2026, 12, 9)
TUESDAY = date(2026, 12, 8)


@pytest.fixture
def case(session: Session) -> Case:
    """罗建, 城管局's 分管副局长; 王磊 its liaison; 丁凯 an 经办人."""
    return make_case(session)


def away(session: Session, person: Person, deputy: Person | None = None) -> Leave:
    row = Leave(
        person_id=person.id,
        deputy_id=deputy.id if deputy else None,
        starts_on=MONDAY,
        ends_on=WEDNESDAY,
        created_at=at(12, 1),
    )
    session.add(row)
    session.flush()
    return row


def rights(session: Session, person: Person, day: date = TUESDAY) -> Rights:
    return rights_of(session, person, day)


def lent(session: Session, person: Person, day: date = TUESDAY) -> set[tuple[str, Role]]:
    return {(one.name, one.role) for one in rights(session, person, day).lent}


@pytest.mark.parametrize(
    ("day", "may"),
    [
        (MONDAY - timedelta(days=1), False),
        (MONDAY, True),
        (WEDNESDAY, True),
        (WEDNESDAY + timedelta(days=1), False),
    ],
)
def test_a_head_s_role_is_lent_from_the_first_day_to_the_last(
    session: Session, case: Case, day: date, may: bool
) -> None:
    away(session, case["罗建"], case["丁凯"])
    unit = case.units["城管局"].id
    assert rights(session, case["丁凯"], day).may(P.RELEASE, unit_id=unit) is may
    assert not rights(session, case["丁凯"], day).may(P.RELEASE, unit_id=unit, own=True)
    assert rights(session, case["罗建"], day).may(P.RELEASE, unit_id=unit, own=True)


def test_it_is_known_whose_role_it_is(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["丁凯"])
    unit = case.units["城管局"].id
    found = rights(session, case["丁凯"])
    assert found.lenders(P.RELEASE, unit_id=unit) == (Lent(Role.VICE_HEAD, unit, case["罗建"].id, "罗建"),)
    assert found.lenders(P.REPORT, unit_id=unit) == ()  # their own role carries it
    assert found.lenders(P.RELEASE, unit_id=case.units["环保局"].id) == ()
    assert not found.has(Role.VICE_HEAD)


def test_what_is_lent_counts_in_that_unit_only(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["丁凯"])
    grant(session, case["罗建"], Role.HEAD, unit=case.units["环保局"])
    assert lent(session, case["丁凯"]) == {("罗建", Role.VICE_HEAD)}
    assert not rights(session, case["丁凯"]).may(P.RELEASE, unit_id=case.units["环保局"].id)
    assert not rights(session, case["丁凯"]).may(P.RELEASE, everywhere=True)


def test_the_office_s_the_leader_s_and_the_administrator_s_roles_are_never_lent(
    session: Session, case: Case
) -> None:
    for role in (Role.ADMIN, Role.OFFICE, Role.LEADER):
        grant(session, case["罗建"], role)
    away(session, case["罗建"], case["丁凯"])
    found = rights(session, case["丁凯"])
    assert {one.role for one in found.lent} == {Role.VICE_HEAD}
    for permission in (P.MANAGE, P.DISPATCH, P.VERIFY, P.SEE_ALL, P.PUBLISH, P.ISSUE_CODE):
        assert not found.may(permission)


def test_a_leave_taken_back_lends_nothing(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["丁凯"]).cancelled_at = at(12, 8)
    session.flush()
    assert lent(session, case["丁凯"]) == set()
    assert rights(session, case["丁凯"]).no_more(P.RELEASE) == "您已不再代罗建办理，"


def test_a_standing_deputy_has_it_where_nobody_was_named(session: Session, case: Case) -> None:
    case["罗建"].deputy_id = case["丁凯"].id
    session.flush()
    assert lent(session, case["丁凯"]) == set()
    leave = away(session, case["罗建"])
    assert lent(session, case["丁凯"]) == {("罗建", Role.VICE_HEAD)}
    leave.deputy_id = case["王磊"].id
    session.flush()
    assert lent(session, case["丁凯"]) == set()
    assert lent(session, case["王磊"]) == {("罗建", Role.VICE_HEAD)}


def test_who_stands_in_for_a_stand_in_has_both_roles(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["王磊"])
    away(session, case["王磊"], case["丁凯"])
    assert lent(session, case["丁凯"]) == {("罗建", Role.VICE_HEAD), ("王磊", Role.LIAISON)}
    assert lent(session, case["王磊"]) == set()
    assert stands_in_for(session, case["罗建"].id, TUESDAY) == case["丁凯"].id


def test_a_stand_in_without_a_role_is_passed_through(session: Session, case: Case) -> None:
    third = make_person(session, "马昊", case.units["城管局"])
    away(session, case["罗建"], case["丁凯"])
    away(session, case["丁凯"], third)
    assert lent(session, third) == {("罗建", Role.VICE_HEAD)}
    assert lent(session, case["丁凯"]) == set()


def test_in_a_circle_nobody_has_the_other_s_role(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["王磊"])
    away(session, case["王磊"], case["罗建"])
    assert lent(session, case["王磊"]) == lent(session, case["罗建"]) == set()


def test_who_left_lends_nothing_and_has_nothing_lent(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["丁凯"])
    case["罗建"].left_at = at(12, 7)
    session.flush()
    assert lent(session, case["丁凯"]) == set()
    assert rights(session, case["丁凯"]).over == ()
    case["罗建"].left_at, case["丁凯"].left_at = None, at(12, 7)
    session.flush()
    assert rights(session, case["丁凯"]).lent == ()


def test_a_deputy_who_changed_the_unit_has_nothing_lent(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["丁凯"])
    case["丁凯"].unit_id = case.units["环保局"].id
    session.flush()
    assert lent(session, case["丁凯"]) == set()


@pytest.fixture
def on_sqlite(_shared_sqlite: sa.Engine) -> Iterator[Session]:
    with _shared_sqlite.connect() as connection, Session(connection) as opened:
        yield opened


@pytest.mark.parametrize(("name", "statements"), [("高宁", 1), ("罗建", 1), ("丁凯", 2)])
def test_only_who_stands_in_costs_a_second_statement(on_sqlite: Session, name: str, statements: int) -> None:
    case = make_case(on_sqlite)
    away(on_sqlite, case["罗建"], case["丁凯"])
    asked: list[str] = []
    driver: Any = on_sqlite.connection().connection.dbapi_connection
    driver.set_trace_callback(asked.append)
    rights(on_sqlite, case[name])
    driver.set_trace_callback(None)
    assert len(asked) == statements
    plan = driver.execute("EXPLAIN QUERY PLAN " + asked[0]).fetchall()
    assert not [step for *_, step in plan if step.startswith("SCAN")]


def test_a_role_is_asked_about_at_who_is_there(session: Session, case: Case) -> None:
    boss, liaison, handler, other = (case[name].id for name in ("罗建", "王磊", "丁凯", "高宁"))
    assert whose_roles(session, [boss, handler], TUESDAY) == {boss: boss, handler: handler}
    away(session, case["罗建"], case["王磊"])
    away(session, case["王磊"], case["丁凯"])
    assert whose_roles(session, [boss, other], TUESDAY) == {boss: handler, other: other}
    assert whose_roles(session, [handler], TUESDAY) == {boss: handler, liaison: handler, handler: handler}
    assert whose_roles(session, [handler], WEDNESDAY + timedelta(days=1)) == {handler: handler}


def test_a_standing_deputy_is_asked_too(session: Session, case: Case) -> None:
    case["罗建"].deputy_id = case["丁凯"].id
    away(session, case["罗建"])
    assert whose_roles(session, [case["丁凯"].id], TUESDAY)[case["罗建"].id] == case["丁凯"].id


def test_who_is_of_another_unit_by_now_stands_in_for_nobody(session: Session, case: Case) -> None:
    away(session, case["罗建"], case["丁凯"])
    case["丁凯"].unit_id = case.units["环保局"].id
    session.flush()
    assert stands_in_for(session, case["罗建"].id, TUESDAY) == case["罗建"].id
