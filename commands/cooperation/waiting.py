"""What another unit was asked and has not answered, and clocks to be decided: for the morning card."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from commands.tasks.rules import day_of
from connectors.chat import few
from storage.models import Role, Scope
from storage.queries import cooperation as queries
from storage.queries import leave, reminders

_NAMED = 2  #: numbers on one row


def for_mornings(
    session: Session, person_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[tuple[str, str]]]:
    """A unit's liaison answers, or who stands in for them; the office says whether a clock goes on."""
    whose = leave.whose_roles(session, person_ids, day_of(now))
    grants = [
        (whose.get(person, person) if role is Role.LIAISON else person, role, scope, place)
        for person, role, scope, place in reminders.grants_of(session, {*person_ids, *whose})
    ]
    grants = [grant for grant in dict.fromkeys(grants) if grant[0] in person_ids]
    units = {scope_id for _, role, scope, scope_id in grants if role is Role.LIAISON and scope is Scope.UNIT}
    asked = queries.unanswered(session, sorted(units)) if units else []
    office = {person for person, role, _, _ in grants if role is Role.OFFICE}
    blocked = queries.clock_open(session) if office else []
    rows: dict[int, list[tuple[str, str]]] = {}
    for person_id, role, scope, scope_id in grants:
        numbers = [f"T{task.number}" for row, task in asked if row.to_unit_id == scope_id]
        if role is Role.LIAISON and scope is Scope.UNIT and numbers:
            rows.setdefault(person_id, []).append(("商请", f"{few(numbers, _NAMED)}，请答复"))
    for person_id in sorted(office):
        if blocked:
            numbers = [f"T{task.number}" for _, task in blocked]
            rows.setdefault(person_id, []).append(("受阻", f"{few(numbers, _NAMED)}，请定是否暂停"))
    return rows
