"""Where a right ends: another unit, another initiative, a person who left; two roles; the operation's own
question behind the door's."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from commands.access import Permission
from commands.catalogue import CATALOGUE
from commands.command import Command, Subject
from storage.models import Initiative, LeaderWords, LedgerExport, NumberClaim, Role, RoleGrant, Scope, Unit
from tests.commands.permissions import ACTORS, OF_UNIT, WAYS, Way, on_stage
from tests.commands.test_permissions import MAY, check_allowed, may
from tests.factories import NOW, grant, make_person, make_unit

if TYPE_CHECKING:
    from tests.commands.conftest import Cell, Happened

P = Permission
NAME = "田野"
TITLE = "制定生活垃圾分类标准"  #: of every matter of the initiative

#: About one unit's matter: another unit's roles do nothing there.
OF_A_UNIT = (P.PROPOSE_GROUP, P.CHECK_FIGURES, P.SEE_UNIT, P.ACKNOWLEDGE, P.DELEGATE, P.SPECIFY, P.REPORT)
OF_A_UNIT += (P.RELEASE, P.ACCEPT, P.CHECK_PERSON)
OF_AN_INITIATIVE = (P.CONFIRM_GROUP, P.ADJUST, P.VERIFY, P.ANSWER_OBJECTION, P.RECORD, P.PLAN, P.DISPATCH)
BEFORE_DISPATCH = (P.PLAN, P.DISPATCH)  #: their matter is the draft's

#: Sentences whose matter belongs to the whole installation.
OF_NO_PLACE = ("转发意见", "不转发意见", "谁没交日报", "城管局名下在办多少件", "发绑定码 丁凯")
#: What is done at once by one role, and undone through its own operation.
TAKEN_BACK = (
    (Role.OFFICE, "转发意见"),
    (Role.OFFICE, "下发 依据市政办发〔2026〕31号"),
    (Role.OFFICE, "T3 特急"),
    (Role.LEADER, "请抓紧把北门两条巷清完"),
    (Role.ADMIN, "号码归秦月"),
)

doors = pytest.mark.parametrize("door", ["type", "press"])


def through(cell: "Cell", door: str, permission: Permission) -> "Happened":
    happened: Happened = getattr(cell, door)(NAME, WAYS[permission])
    return happened


def check_nothing(happened: "Happened") -> None:
    assert happened.changed == set(), happened.read
    assert happened.others == []
    assert TITLE not in happened.read


def unit_named(cell: "Cell", name: str) -> Unit:
    session = cell.stage.session
    found = session.exec(select(Unit).where(Unit.name == name)).first()
    return found or make_unit(session, name, position=9)


def office_of(cell: "Cell", title: str) -> None:
    """Somebody is 督查室 for one initiative only."""
    session = cell.stage.session
    person = make_person(session, NAME)
    of = session.exec(select(Initiative).where(Initiative.title == title)).one()
    session.add(RoleGrant(person_id=person.id, role=Role.OFFICE, scope=Scope.INITIATIVE, scope_id=of.id))
    session.flush()
    cell.stage.people[NAME] = person


@doors
@pytest.mark.parametrize("role", OF_UNIT)
@pytest.mark.parametrize("permission", OF_A_UNIT)
def test_a_unit_s_role_does_nothing_in_another_unit(
    cell: "Cell", permission: Permission, role: Role, door: str
) -> None:
    # A member of the initiative sees its matters; a member's figures and group are its own.
    unit = "林业局" if permission in (P.PROPOSE_GROUP, P.CHECK_FIGURES) else "城管局"
    cell.stage.people[NAME] = make_person(cell.stage.session, NAME, unit_named(cell, unit), role)
    check_nothing(through(cell, door, permission))


@doors
@pytest.mark.parametrize("role", [Role.VICE_HEAD, Role.HEAD, Role.LIAISON])
@pytest.mark.parametrize(
    "permission", [P.PROPOSE_GROUP, P.CHECK_FIGURES, P.DELEGATE, P.RELEASE, P.CHECK_PERSON]
)
def test_a_role_for_another_unit_gives_no_right_in_one_s_own(
    cell: "Cell", permission: Permission, role: Role, door: str
) -> None:
    session = cell.stage.session
    cell.stage.people[NAME] = make_person(session, NAME, unit_named(cell, "环保局"))
    grant(session, cell.stage.people[NAME], role, unit=unit_named(cell, "城管局"))
    check_nothing(through(cell, door, permission))


@doors
@pytest.mark.parametrize(
    "permission", [*OF_AN_INITIATIVE, P.SEE_ALL, P.SEE_UNIT, P.ISSUE_CODE, P.CHECK_PERSON]
)
def test_the_office_of_another_initiative_does_and_sees_nothing_here(
    cell: "Cell", permission: Permission, door: str
) -> None:
    office_of(cell, "垃圾分类" if permission in BEFORE_DISPATCH else "河道治理")
    check_nothing(through(cell, door, permission))


@doors
@pytest.mark.parametrize("permission", [*OF_AN_INITIATIVE, P.SEE_ALL])
def test_the_office_of_this_initiative_does_what_is_the_office_s(
    cell: "Cell", permission: Permission, door: str
) -> None:
    office_of(cell, "河道治理" if permission in BEFORE_DISPATCH else "垃圾分类")
    check_allowed(through(cell, door, permission), WAYS[permission])


@pytest.mark.parametrize("said", OF_NO_PLACE)
def test_what_belongs_to_no_initiative_is_not_done_by_the_office_of_one(cell: "Cell", said: str) -> None:
    office_of(cell, "河道治理")
    words(cell)
    happened = cell.type(NAME, Way(said, said))
    check_nothing(happened)
    assert happened.denied == ["not_allowed"]


def test_the_office_of_one_initiative_has_its_ledger_and_no_other(cell: "Cell") -> None:
    office_of(cell, "垃圾分类")
    for said in ("导出台账", "导出河道治理台账"):
        assert cell.type(NAME, Way(said, said)).changed == set()
    happened = cell.type(NAME, Way("导出垃圾分类台账", ""))
    assert "ledger_export" in happened.changed
    (row,) = cell.stage.session.exec(select(LedgerExport)).all()
    of = cell.stage.session.get_one(Initiative, row.initiative_id)
    assert (of.title, row.unit_id) == ("垃圾分类", None)


@pytest.mark.parametrize(("role", "said"), TAKEN_BACK)
def test_who_lost_a_role_does_not_take_back_what_they_did_with_it(
    cell: "Cell", role: Role, said: str
) -> None:
    words(cell)
    claim(cell)
    session, name = cell.stage.session, ACTORS[role]
    way = Way(said, said)
    assert "undo_step" in cell.type(name, way).changed
    held = session.exec(select(RoleGrant).where(RoleGrant.person_id == cell.stage.people[name].id)).one()
    session.delete(held)
    happened = cell.type(name, Way("撤回", ""))
    assert happened.changed - {"role_grant"} == set(), happened.read
    assert happened.denied == ["not_allowed"]


def words(cell: "Cell") -> None:
    """What the leader said waits for the office."""
    leader, session = cell.stage.people["周明"], cell.stage.session
    unit_ids = [unit_named(cell, "环保局").id]
    session.add(LeaderWords(person_id=leader.id, words="抓紧", unit_ids=unit_ids, at=NOW))
    session.flush()


def claim(cell: "Cell") -> None:
    """A platform says that 高宁's number is 秦月's."""
    people, session = cell.stage.people, cell.stage.session
    people["高宁"].mobile = "13800000001"
    row = NumberClaim(
        person_id=people["秦月"].id,
        holder_id=people["高宁"].id,
        number="13800000001",
        binding="feishu",
        at=NOW,
    )
    session.add(row)
    session.flush()


@doors
@pytest.mark.parametrize("permission", MAY)
def test_who_left_does_nothing_at_all(cell: "Cell", permission: Permission, door: str) -> None:
    role = next(role for role in Role if may(permission, role))
    person = cell.stage.people[ACTORS[role]]
    cell.stage.people[NAME] = person
    del cell.stage.people[ACTORS[role]]
    person.left_at = NOW
    happened = through(cell, door, permission)
    check_nothing(happened)
    assert "还不知道您是哪位" in happened.read


@pytest.mark.parametrize("permission", [p for p in WAYS if not WAYS[p].only])
def test_two_roles_are_what_either_may(cell: "Cell", permission: Permission) -> None:
    session = cell.stage.session
    cell.stage.people[NAME] = make_person(session, NAME, unit_named(cell, "环保局"), Role.LIAISON, Role.ADMIN)
    happened = through(cell, "press", permission)
    if any(may(permission, role) for role in (Role.LIAISON, Role.ADMIN, Role.HANDLER)):
        check_allowed(happened, WAYS[permission])
    else:
        check_nothing(happened)
        assert happened.denied == ["not_allowed"]


def test_who_is_of_the_office_and_of_the_unit_does_not_pass_their_own(cell: "Cell") -> None:
    cell.stage.people[NAME] = make_person(
        cell.stage.session, NAME, unit_named(cell, "环保局"), Role.OFFICE, Role.HEAD
    )
    happened = through(cell, "press", P.VERIFY)
    check_nothing(replace(happened, read=""))
    assert happened.denied == ["not_allowed"]


def open_door(subject: Subject) -> Subject:
    """The subject with the dispatcher's question left out."""
    asked: Callable[[Command], Command] = lambda command: replace(command, permission=P.ASK)  # noqa: E731
    return replace(subject, commands=tuple(asked(command) for command in subject.commands))


REFUSED = [
    pytest.param(permission, role, id=f"{permission}-{role}")
    for permission, way in WAYS.items()
    if way.does
    for role in ACTORS
    if not may(permission, role)
]


@pytest.mark.parametrize(("permission", "role"), REFUSED)
def test_the_operation_asks_even_when_the_door_did_not(
    cell: "Cell", permission: Permission, role: Role
) -> None:
    cell.stage = on_stage(cell.stage.session, cell.scene, door=open_door)
    happened = cell.press(ACTORS[role], WAYS[permission])
    assert happened.changed == set(), happened.read


EXAMPLES = [
    pytest.param(example, id=f"{command.intent}-{n}")
    for subject in CATALOGUE.subjects
    for command in subject.commands
    for n, example in enumerate(command.examples)
]


#: What everybody keeps for themselves: logs, wishes for reminders, and the way back.
OWN = {"work_log", "reminder_setting", "undo_step", "audit"}


@pytest.mark.parametrize("said", EXAMPLES)
def test_somebody_of_no_unit_and_no_role_changes_nothing_but_their_own(cell: "Cell", said: str) -> None:
    session = cell.stage.session
    person = make_person(session, NAME)
    scene = replace(cell.scene, people={**cell.scene.people, NAME: person.id})
    cell.stage = on_stage(session, scene, door=open_door)
    happened = cell.press(NAME, Way("", said))
    assert happened.changed <= OWN, happened.read
    assert happened.others == []
    assert TITLE not in happened.read


@pytest.mark.parametrize("said", ["帮助", "我的", "免打扰 20点到8点"])
def test_who_has_no_role_asks_all_the_same(cell: "Cell", said: str) -> None:
    cell.stage.people[NAME] = make_person(cell.stage.session, NAME)
    happened = cell.type(NAME, Way(said, said))
    assert happened.denied == []
    assert happened.read
