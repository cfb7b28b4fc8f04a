"""What waits for a word of somebody, for their morning card."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from commands.tasks.rules import day_of
from connectors.chat import few
from storage.models import ExtensionState, Person, Role, Scope
from storage.queries import extensions as queries
from storage.queries import leave, reminders

_HEADS = (Role.VICE_HEAD, Role.HEAD)
_NAMED = 3  #: numbers on one row


def for_mornings(
    session: Session, person_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[tuple[str, str]]]:
    """The office decides on extensions, a unit's head lets them out, or who stands in for the head."""
    waiting = queries.undecided(session)
    if not waiting:
        return {}
    found: dict[tuple[int, int], dict[str, None]] = {}
    whose = leave.whose_roles(session, person_ids, day_of(now))
    for person_id, role, scope, scope_id in reminders.grants_of(session, {*person_ids, *whose}):
        for row, unit_id, number in waiting:
            office = row.state is ExtensionState.ASKED and role is Role.OFFICE and person_id in person_ids
            head = row.state is ExtensionState.RELEASING and role in _HEADS
            asked = whose.get(person_id) if head else person_id
            if head and asked == row.person_id != person_id:
                asked = person_id  # nobody lets out their own, whoever they stand in for
            lets_out = head and scope is Scope.UNIT and scope_id == unit_id and asked in person_ids
            if asked is not None and (office or lets_out):
                found.setdefault((asked, person_id), {})[f"T{number}"] = None
    rows: dict[int, list[tuple[str, str]]] = {}
    for (asked, person_id), numbers in found.items():
        by = "您" if asked == person_id else f"您代{session.get_one(Person, person_id).name}"
        rows.setdefault(asked, []).append(("延期", f"{few(numbers, _NAMED)}，等{by}定"))
    return rows
