"""What a unit raised and nobody has answered, for the morning card of who is to."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from connectors.chat import few
from storage.models import ConcernKind, Part, Role, Scope
from storage.queries import concerns as queries
from storage.queries import reminders

_NAMED = 3  #: numbers on one row


def for_mornings(
    session: Session, person_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[tuple[str, str]]]:
    """The office answers; of the limit of a co-operation whoever acts for its lead."""
    waiting = queries.waiting(session)
    if not waiting:
        return {}
    grants = reminders.grants_of(session, person_ids)
    office = {person for person, role, _, _ in grants if role is Role.OFFICE}
    doors = {(p, place) for p, role, scope, place in grants if role is Role.LIAISON and scope is Scope.UNIT}
    found: dict[int, dict[str, list[str]]] = {}
    for one in waiting:
        key = "异议" if one.concern.kind is ConcernKind.OBJECTION else "商量时限"
        if one.concern.kind is ConcernKind.LIMIT and one.part is Part.COOPERATE:
            people = _of_lead(one, person_ids, doors)
        else:
            people = office
        for person in people:
            found.setdefault(person, {}).setdefault(key, []).append(f"T{one.number}")
    return {
        person: [(key, f"{few(of, _NAMED)}，等您答复") for key, of in rows.items()]
        for person, rows in found.items()
    }


def _of_lead(one: queries.Waiting, people: Sequence[int], doors: set[tuple[int, int]]) -> set[int]:
    """Its handler, else the unit's liaisons."""
    if one.lead_handler_id is not None:
        return {one.lead_handler_id} & set(people)
    return {person for person, unit in doors if unit == one.lead_unit_id}
