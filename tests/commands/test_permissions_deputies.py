"""Role × permission for who stands in: they may what the absent person's role in the unit lets them, on
those days, and nothing that the office, a leader or an administrator holds."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from commands.access import Permission
from storage.models import Leave, Person, Role, Unit
from tests.commands.permissions import ACTORS, WAYS
from tests.commands.test_permissions import MAY, check_allowed, check_refused, may
from tests.factories import NOW, make_person

if TYPE_CHECKING:
    from tests.commands.conftest import Cell, Happened

NAME = "田野"  #: an 经办人 of the unit who does none of its matters
TODAY = NOW.date()
LENT = (Role.VICE_HEAD, Role.HEAD, Role.LIAISON)
ROLES = (*LENT, Role.ADMIN, Role.OFFICE, Role.LEADER)
CELLS = [pytest.param(permission, role, id=f"{permission}-{role}") for permission in MAY for role in ROLES]
EVERY_COLLEAGUE = (Permission.SEE_UNIT, Permission.ASK)
#: What only the lent role gives.
GIVEN = [
    pytest.param(permission, role, id=f"{permission}-{role}")
    for permission in MAY
    for role in LENT
    if may(permission, role) and not may(permission, Role.HANDLER) and not WAYS[permission].only
]
doors = pytest.mark.parametrize("door", ["type", "press"])


def stands_in(cell: "Cell", role: Role, *, last: date = TODAY, deputy: bool = True) -> Leave:
    """For who holds ``role``, who is of the same unit. ``deputy``: named for this leave, else a standing
    B角."""
    session = cell.stage.session
    unit = session.exec(select(Unit).where(Unit.name == "环保局")).one()
    person = cell.stage.people[NAME] = make_person(session, NAME, unit)
    away: Person = cell.stage.people[ACTORS[role]]
    away.unit_id = unit.id
    if not deputy:
        away.deputy_id = person.id
    row = Leave(
        person_id=away.id,
        deputy_id=person.id if deputy else None,
        starts_on=TODAY - timedelta(days=3),
        ends_on=last,
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


def through(cell: "Cell", door: str, permission: Permission) -> "Happened":
    happened: Happened = getattr(cell, door)(NAME, WAYS[permission])
    return happened


@doors
@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_who_stands_in_may_what_the_role_in_the_unit_may(
    cell: "Cell", permission: Permission, role: Role, door: str
) -> None:
    way = WAYS[permission]
    stands_in(cell, role)
    happened = through(cell, door, permission)
    allowed = may(permission, role) if role in LENT else permission in EVERY_COLLEAGUE
    if allowed and way.only and door == "press":
        assert happened.changed == set()
        assert way.only in happened.read
    elif allowed:
        check_allowed(happened, way)
    elif may(permission, Role.HANDLER):  # of their own matters, not of a colleague's
        assert happened.changed == set(), happened.read
        assert happened.denied == ["not_allowed"]
    else:
        check_refused(happened, permission)


@doors
@pytest.mark.parametrize(("permission", "role"), GIVEN)
def test_a_standing_deputy_may_the_same(cell: "Cell", permission: Permission, role: Role, door: str) -> None:
    stands_in(cell, role, deputy=False)
    check_allowed(through(cell, door, permission), WAYS[permission])


@doors
@pytest.mark.parametrize("taken_back", [False, True], ids=["over", "taken-back"])
@pytest.mark.parametrize(("permission", "role"), GIVEN)
def test_the_day_after_it_is_refused_and_says_that_it_is_over(
    cell: "Cell", permission: Permission, role: Role, taken_back: bool, door: str
) -> None:
    row = stands_in(cell, role, last=TODAY if taken_back else TODAY - timedelta(days=1))
    row.cancelled_at = NOW if taken_back else None
    cell.stage.session.flush()
    happened = through(cell, door, permission)
    assert happened.changed == set(), happened.read
    assert happened.others == []
    assert happened.denied == ["not_allowed"]
    assert happened.read.startswith(f"您已不再代{ACTORS[role]}办理，这件事由")


@pytest.mark.parametrize("role", LENT)
@pytest.mark.parametrize("permission", [Permission.RELEASE, Permission.DELEGATE, Permission.CHECK_PERSON])
def test_it_is_the_same_on_the_other_engine(
    cell_on_postgres: "Cell", permission: Permission, role: Role
) -> None:
    stands_in(cell_on_postgres, role)
    happened = through(cell_on_postgres, "press", permission)
    if may(permission, role):
        check_allowed(happened, WAYS[permission])
    else:
        check_refused(happened, permission)
