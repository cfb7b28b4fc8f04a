"""Role × permission: every cell typed, pressed, and pressed on somebody else's card.

The table is written down here once more: a cell that is changed by mistake in ``commands.access`` is
red, and so is a permission that nobody has said here how it is used.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from commands.access import TABLE, WHO, Permission
from commands.dispatch import FEWEST_WORDS
from storage.models import Role
from tests.commands.permissions import ACTORS, OWN_WORDS, WAYS, Way

if TYPE_CHECKING:
    from tests.commands.conftest import Cell, Happened

P = Permission
_ORDER = (Role.ADMIN, Role.OFFICE, Role.LEADER, Role.VICE_HEAD, Role.HEAD, Role.LIAISON, Role.HANDLER)

#: Columns: 管理员 督查室 领导 分管负责人 主要负责人 联络员 经办人.
MAY: Mapping[Permission, str] = {
    P.MANAGE: "+......",
    P.PLAN: ".+.....",
    P.DISPATCH: ".+.....",
    P.CONFIRM_GROUP: ".+.....",
    P.PROPOSE_GROUP: ".+.+++.",
    P.ADJUST: ".+.....",
    P.VERIFY: ".+.....",
    P.SEE_ALL: "+++....",
    P.SEE_UNIT: ".++++++",
    P.ACKNOWLEDGE: "...++++",
    P.DELEGATE: "...+++.",
    P.SPECIFY: "...++++",
    P.REPORT: "...++++",
    P.RELEASE: "...++..",
    P.ACCEPT: "...++++",
    P.CHECK_FIGURES: "...+++.",
    P.ANSWER_OBJECTION: ".+.....",
    P.PUBLISH: "..+....",
    P.RECORD: ".+.....",
    P.ISSUE_CODE: "++.....",
    P.CHECK_PERSON: "++...+.",
    P.ASK: "+++++++",
}
CELLS = [
    pytest.param(permission, role, id=f"{permission}-{role}")
    for permission in Permission
    if permission in MAY
    for role in _ORDER
]


def may(permission: Permission, role: Role) -> bool:
    return MAY[permission][_ORDER.index(role)] == "+"


def check_allowed(happened: "Happened", way: Way) -> None:
    assert happened.denied == [], happened.read
    if way.does:
        assert way.does in happened.changed, happened.read
    assert way.answers in happened.read
    assert happened.read or way.group


def check_refused(happened: "Happened", permission: Permission) -> None:
    assert happened.changed == set(), happened.read
    assert (WAYS[permission].refused or f"这件事由{WHO[permission]}办理") in happened.read
    assert happened.denied == ["not_allowed"]
    assert happened.others == []


def test_every_permission_has_its_row_its_way_and_somebody_who_does_it() -> None:
    for written in (MAY, WAYS, TABLE, WHO):
        assert set(written) == set(Permission)
    assert set(_ORDER) == set(Role) == set(ACTORS)
    assert {len(row) for row in MAY.values()} == {len(_ORDER)}


@pytest.mark.parametrize("permission", [p for p in Permission if p in MAY])
def test_the_table_says_what_is_written_here(permission: Permission) -> None:
    assert TABLE[permission] == {role for role in Role if may(permission, role)}


@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_a_sentence_is_done_by_who_may_and_by_nobody_else(
    cell: "Cell", permission: Permission, role: Role
) -> None:
    way = WAYS[permission]
    happened = cell.type(ACTORS[role], way)
    if may(permission, role):
        check_allowed(happened, way)
    elif role is Role.LEADER and not way.group and len(way.typed) >= FEWEST_WORDS:
        # What a leader says that is somebody else's to do is kept as their words, and nothing is done.
        assert happened.changed == OWN_WORDS, happened.read
    else:
        check_refused(happened, permission)


@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_a_button_is_done_by_who_may_now_and_by_nobody_else(
    cell: "Cell", permission: Permission, role: Role
) -> None:
    way = WAYS[permission]
    happened = cell.press(ACTORS[role], way)
    if not may(permission, role):
        check_refused(happened, permission)
    elif way.only:
        assert happened.changed == set()
        assert way.only in happened.read
    else:
        check_allowed(happened, way)


@pytest.mark.parametrize(("permission", "role"), CELLS)
def test_a_card_sent_to_somebody_else_is_pressed_in_vain_by_everybody(
    cell: "Cell", permission: Permission, role: Role
) -> None:
    happened = cell.press(ACTORS[role], WAYS[permission], card_of="陈立")
    assert happened.changed == set()
    assert happened.read == "这张卡片是发给别人的，不能代点。"
    assert happened.denied == ["stale_card"]
    assert happened.others == []


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LIAISON])
@pytest.mark.parametrize("permission", [P.VERIFY, P.REPORT, P.CHECK_FIGURES, P.DISPATCH, P.CHECK_PERSON])
def test_it_is_the_same_on_the_other_engine(
    cell_on_postgres: "Cell", permission: Permission, role: Role
) -> None:
    happened = cell_on_postgres.press(ACTORS[role], WAYS[permission])
    if may(permission, role):
        check_allowed(happened, WAYS[permission])
    else:
        check_refused(happened, permission)
