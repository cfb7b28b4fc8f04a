"""撤回: every step says whose it is, and who lost the role since does not take it back.

A new step or a new kind of undo without its line here, or in ``permitting.NEEDS``, is red.
"""

import ast
import importlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

import commands
from commands.access import Permission, rights_of
from commands.catalogue import CATALOGUE
from commands.errors import NotAllowed, NotFound
from commands.notify import Channels, Notices
from commands.tasks.operations.acting import Acting, Matter
from commands.tasks.operations.changing import changing
from commands.tasks.operations.permitting import NEEDS, Of
from commands.tasks.operations.undoing import take_back
from commands.tasks.rules import Step
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.models import CooperationRequest, ObligationState, Person, RoleGrant, Task, UndoStep
from storage.queries import tasks as queries
from tests.factories import NOW, Case, at, make_case, make_task

P = Permission

#: Kinds of undo → what is asked before its operation asks for the very thing.
UNDOS = {
    "tasks.take_back": P.ASK,  # by step: see ``STEPS``
    "logs.take_back": P.ASK,  # one's own log
    "requests.take_back": P.ASK,  # one's own request
    "summaries.words": P.PUBLISH,
    "summaries.forward": P.DISPATCH,
    "initiatives.take_back": P.DISPATCH,
    "initiatives.submitted": P.PLAN,
    "initiatives.answered": P.PUBLISH,
    "urgency.mark": P.ADJUST,
    "workdays.take_back": P.MANAGE,
    "directory.number": P.MANAGE,
}
#: Changes that are no step of their own to take back: given is given, an undo is final, and the others are
#: taken back with what they came along with.
FINAL = frozenset({"give", "undo", "replace_concern", "suspend_clock"})
#: Steps → who takes them for 城管局's part of T1, led by 环保局; each loses the role then.
STEPS = {
    Step.DISPATCH: ("陈立",),
    Step.VERIFY: ("陈立",),
    Step.SEND_BACK: ("陈立",),
    Step.SUSPEND: ("陈立",),
    Step.CANCEL: ("陈立",),
    "change_limit": ("陈立",),
    "keep_clock": ("陈立",),
    "grant_extension": ("陈立",),
    "deny_extension": ("陈立",),
    Step.DELEGATE: ("王磊", "罗建"),
    Step.RELEASE: ("罗建",),
    Step.REVISE: ("罗建",),
    "release_extension": ("罗建",),
    "revise_extension": ("罗建",),
    Step.ACKNOWLEDGE: ("王磊",),
    Step.HAND_OVER: ("王磊",),
    Step.SUBMIT: ("王磊", "罗建"),
    Step.SUBMIT_FOR_RELEASE: ("王磊",),
    Step.RESUME: ("王磊", "陈立"),
    "unblock": ("王磊", "陈立"),
    "ask_extension": ("王磊",),
    "block": ("王磊",),
    "ask_unit": ("王磊",),
    "object_to_matter": ("王磊",),
    "propose_limit": ("王磊",),
    Step.SPECIFY: ("李娜", "何川"),
    Step.WAIVE: ("李娜", "陈立"),
    Step.ACCEPT: ("李娜", "陈立"),
    Step.ASK_FOR_MORE: ("李娜", "陈立"),
    "agree_limit": ("李娜", "陈立"),
    "keep_concern": ("李娜", "陈立"),
    "answer_unit": ("许静", "苏岚"),
    "enough": ("王磊",),
    "ask_unit_for_more": ("王磊",),
    Step.REPORT: ("王磊", "丁凯"),
    "correct": ("王磊", "丁凯"),
}
TAKEN = [
    pytest.param(action, name, id=f"{action}-{name}") for action, names in STEPS.items() for name in names
]


def test_every_kind_of_undo_says_what_it_asks() -> None:
    assert {kind: undo.permission for kind, undo in CATALOGUE.undos.items()} == UNDOS


def test_every_step_has_its_line_here() -> None:
    assert set(STEPS) == set(NEEDS)


def test_no_change_in_the_code_is_without_a_line() -> None:
    found = set(_actions())
    assert found >= {Step.RESUME, "change_limit", "answer_unit", Step.SPECIFY, Step.WAIVE}
    assert found - set(NEEDS) == FINAL


def _actions() -> Iterator[str]:
    """What stands as the action of every ``changing(act, …)`` and ``Change(act, …)``; what a function is
    given for it stands where that is called."""
    root = Path(commands.__path__[0])
    for path in root.rglob("*.py"):
        name = ".".join(("commands", *path.relative_to(root).with_suffix("").parts))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) > 1
            if named and call.func.id in ("changing", "Change"):  # type: ignore[attr-defined]
                yield from _said(call.args[1], name)  # type: ignore[attr-defined]


def _said(what: ast.expr, module: str) -> Iterator[str]:
    match what:
        case ast.Constant(value=str(said)):
            yield said
        case ast.IfExp(body=one, orelse=other):
            yield from _said(one, module)
            yield from _said(other, module)
        case ast.Attribute(value=ast.Name(id="Step"), attr=step):
            yield Step[step]
        case ast.Name(id=name):
            said = getattr(importlib.import_module(module), name, None)
            if isinstance(said, str):
                yield said


@pytest.fixture
def case(session: Session) -> Case:
    """T1 of 环保局, where 城管局's part is 丁凯's; what 城管局 asks is asked of 社区办."""
    case = make_case(session)
    make_task(
        session,
        case.initiative,
        case.units["环保局"],
        case.units["城管局"],
        number=1,
        state=ObligationState.IN_PROGRESS,
        cooperate_state=ObligationState.IN_PROGRESS,
        handler=case["高宁"],
    )
    matter_of(session).obligation.handler_id = case["丁凯"].id
    session.flush()
    return case


def matter_of(session: Session) -> Matter:
    task = session.exec(select(Task).where(Task.number == 1)).one()
    parts = queries.obligations_of(session, [task.id])[task.id]
    return Matter(task, parts, parts[1])


def acting(session: Session, person: Person, *, minutes: int = 0) -> Acting:
    now = NOW + timedelta(minutes=minutes)
    notices = Notices(session, Channels(b"k" * 32, {}), Moment(now, now), f"test:{minutes}")
    return Acting(session, person, rights_of(session, person, now.date()), now, calendar(session), notices)


def taken(session: Session, case: Case, action: str, person: Person) -> UndoStep:
    """The step, as far as 撤回 knows of it: 城管局's part changed, and what it asks of 社区办."""
    matter = matter_of(session)
    row = CooperationRequest(
        obligation_id=matter.obligation.id,
        person_id=case["丁凯"].id,
        from_unit_id=case.units["城管局"].id,
        to_unit_id=case.units["社区办"].id,
        what="小区底数",
        asked_at=NOW,
        answer_due_at=at(12, 11, 9),
    )
    session.add(row)
    session.flush()
    with changing(acting(session, person), action, matter) as change:
        change.watch(matter.task, row)
        matter.obligation.decision_no += 1
        row.decision_no += 1
    return change.undoable("T1 这一步")


def lose(session: Session, case: Case, person: Person, action: str) -> None:
    """The role; what is one's own is lost with the unit alone."""
    for held in session.exec(select(RoleGrant).where(RoleGrant.person_id == person.id)):
        session.delete(held)
    if NEEDS[action].of is Of.OWN:
        person.unit_id = case.units["社区办"].id
    session.flush()


@pytest.mark.parametrize(("action", "name"), TAKEN)
@pytest.mark.parametrize("lost", [False, True], ids=["still", "lost"])
def test_who_lost_the_role_takes_nothing_back(
    session: Session, case: Case, action: str, name: str, lost: bool
) -> None:
    undo = taken(session, case, action, case[name])
    if not lost:
        take_back(acting(session, case[name], minutes=2), undo)
        return
    lose(session, case, case[name], action)
    with pytest.raises((NotAllowed, NotFound)):
        take_back(acting(session, case[name], minutes=2), undo)
