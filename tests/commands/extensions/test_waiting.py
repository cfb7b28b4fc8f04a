"""What waits for a word in the morning goes to who stands in, and says for whom."""

from datetime import date

import pytest
from sqlmodel import Session

from commands.cooperation.waiting import for_mornings as asked_of_units
from commands.extensions.waiting import for_mornings
from storage.models import CooperationRequest, ExtensionRequest, ExtensionState, Leave, Obligation, Person
from tests.factories import Case, at

MORNING = at(12, 10, 8, 35)


def away(session: Session, person: Person, deputy: Person) -> None:
    session.add(
        Leave(
            person_id=person.id,
            deputy_id=deputy.id,
            starts_on=date(2026, 12, 9),
            ends_on=date(2026, 12, 11),
            created_at=at(12, 8),
        )
    )
    session.flush()


@pytest.fixture
def waits(session: Session, case: Case, t33: Obligation) -> ExtensionRequest:
    """丁凯's, for 罗建."""
    row = ExtensionRequest(
        obligation_id=t33.id,
        person_id=case["丁凯"].id,
        from_due_at=at(12, 11, 18),
        to_due_at=at(12, 16, 18),
        reason="专家没定下来",
        state=ExtensionState.RELEASING,
        asked_at=at(12, 9),
    )
    session.add(row)
    session.flush()
    return row


def test_an_extension_waits_for_who_stands_in(session: Session, case: Case, waits: ExtensionRequest) -> None:
    people = [case[name].id for name in ("罗建", "王磊", "丁凯")]
    assert for_mornings(session, people, MORNING) == {case["罗建"].id: [("延期", "T33，等您定")]}
    away(session, case["罗建"], case["王磊"])
    assert for_mornings(session, people, MORNING) == {case["王磊"].id: [("延期", "T33，等您代罗建定")]}
    assert for_mornings(session, people[:1], MORNING) == {}
    assert for_mornings(session, people[1:], MORNING) == {case["王磊"].id: [("延期", "T33，等您代罗建定")]}
    assert for_mornings(session, people, at(12, 14, 8)) == {case["罗建"].id: [("延期", "T33，等您定")]}


def test_the_own_one_waits_for_who_is_away(session: Session, case: Case, waits: ExtensionRequest) -> None:
    away(session, case["罗建"], case["丁凯"])
    for people in ([case["罗建"].id], [case["罗建"].id, case["丁凯"].id]):
        assert for_mornings(session, people, MORNING) == {case["罗建"].id: [("延期", "T33，等您定")]}
    assert for_mornings(session, [case["丁凯"].id], MORNING) == {}


def test_what_another_unit_asks_waits_for_who_stands_in_for_the_liaison(
    session: Session, case: Case, t33: Obligation
) -> None:
    session.add(
        CooperationRequest(
            obligation_id=t33.id,
            person_id=case["高宁"].id,
            from_unit_id=case.units["环保局"].id,
            to_unit_id=case.units["城管局"].id,
            what="点位",
            asked_at=at(12, 9),
            answer_due_at=at(12, 11, 9),
        )
    )
    session.flush()
    people = [case["王磊"].id, case["罗建"].id]
    assert asked_of_units(session, people, MORNING) == {case["王磊"].id: [("商请", "T33，请答复")]}
    away(session, case["王磊"], case["罗建"])
    assert asked_of_units(session, people, MORNING) == {case["罗建"].id: [("商请", "T33，请答复")]}
    assert asked_of_units(session, people[:1], MORNING) == {}
