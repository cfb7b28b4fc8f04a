"""What waits for a word of somebody, for their morning card."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from storage.models import ExtensionState, Role, Scope
from storage.queries import extensions as queries
from storage.queries import reminders

_HEADS = (Role.VICE_HEAD, Role.HEAD)
_NAMED = 3  #: numbers on one row


def for_mornings(
    session: Session, person_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[tuple[str, str]]]:
    """The office decides on extensions, a unit's head lets them out."""
    waiting = queries.undecided(session)
    if not waiting:
        return {}
    found: dict[int, list[str]] = {}
    for person_id, role, scope, scope_id in reminders.grants_of(session, person_ids):
        for row, unit_id, number in waiting:
            office = row.state is ExtensionState.ASKED and role is Role.OFFICE
            head = row.state is ExtensionState.RELEASING and role in _HEADS
            if office or (head and scope is Scope.UNIT and scope_id == unit_id):
                numbers = found.setdefault(person_id, [])
                if f"T{number}" not in numbers:
                    numbers.append(f"T{number}")
    return {person: [("延期", _said(numbers))] for person, numbers in found.items()}


def _said(numbers: Sequence[str]) -> str:
    more = f" 等 {len(numbers)} 项" if len(numbers) > _NAMED else ""
    return "、".join(numbers[:_NAMED]) + more + "，等您定"
