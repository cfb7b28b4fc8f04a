"""A decision is what the card showed, by who may, once.

Seen red, each with one edit: without the version check a card confirms a report it never showed; with
``lock=False`` in ``acting.matters`` two people decide the same report (PostgreSQL).
"""

import asyncio
import json
from functools import partial

from sqlmodel import Session, col, select

from commands.tasks.handlers import SUBJECT
from commands.tasks.operations.drafting import REPORT
from commands.tasks.rules import Step
from storage.database import Database
from storage.models import (
    Account,
    AccountKey,
    AuditEntry,
    Draft,
    DraftState,
    Obligation,
    ObligationState,
    SentCard,
    Task,
)
from storage.queries import tasks as queries
from tests.factories import Case, at, make_account, make_case, make_person, make_task
from tests.stage import Held, Stage, only

ROUNDS = 12
DECISIONS = (Step.ACCEPT, Step.ASK_FOR_MORE)


def stage_of(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=at(12, 8))


def reported(session: Session, case: Case, number: int) -> tuple[int, dict[str, Held]]:
    """城管局 has reported its part of a new task; 高宁 and 李娜 of the lead both hold the card."""
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        case.units["城管局"],
        number=number,
        state=ObligationState.IN_PROGRESS,
        cooperate_state=ObligationState.IN_PROGRESS,
        handler=case["高宁"],
    )
    stage = stage_of(session, case)
    stage.say("罗建", f"T{number}.2 报结")
    stage.press("罗建", "提交")
    row, button = stage.button("高宁", "确认")
    copy = SentCard(**{**row.model_dump(), "id": f"copy-{number}", "person_id": case["李娜"].id})
    session.add(copy)
    session.flush()
    one = queries.obligations_of(session, [task.id])[task.id][1]
    return one.id, {"高宁": (row, button), "李娜": (copy, button)}


def decisions(session: Session, obligation_id: int) -> list[tuple[str, int]]:
    """What happened to the obligation in order: the action, and the version it left."""
    query = select(AuditEntry).where(AuditEntry.object == f"obligation:{obligation_id}")
    found = session.exec(query.order_by(col(AuditEntry.id)))
    no = 0
    steps = []
    for entry in found:
        after = json.loads(entry.body or "{}").get("after", {})
        no = after.get("decision_no", no)
        steps.append((entry.action, no))
    return steps


def press(session: Session, case: Case, name: str, held: dict[str, Held]) -> None:
    stage_of(session, case).press_held(name, held[name])


def say(session: Session, case: Case, name: str, sentence: str) -> None:
    stage_of(session, case).say(name, sentence)


async def test_invariant_19_two_who_decide_and_one_who_takes_it_back_leave_one_decision(
    database: Database,
) -> None:
    case = await database.write(make_case)
    for number in range(1, ROUNDS + 1):
        one_id, held = await database.write(partial(reported, case=case, number=number))
        await asyncio.gather(
            database.write(partial(press, case=case, name="高宁", held=held)),
            database.write(partial(press, case=case, name="李娜", held=held)),
            database.write(partial(say, case=case, name="罗建", sentence="撤回")),
            database.write(partial(say, case=case, name="高宁", sentence=f"T{number}.2 请补充 缺商户")),
        )
        steps = await database.read(partial(decisions, obligation_id=one_id))
        after_report = [action for action, _ in steps[1:]]
        assert sum(action in (*DECISIONS, "undo") for action in after_report) == 1, steps
        state = await database.read(partial(state_of, obligation_id=one_id))
        assert (state is ObligationState.DONE) == (Step.ACCEPT in after_report)


def state_of(session: Session, obligation_id: int) -> ObligationState:
    return session.get_one(Obligation, obligation_id).state


def report_anew(session: Session, case: Case, number: int) -> None:
    stage = stage_of(session, case)
    stage.say("罗建", "撤回")
    stage.say("罗建", f"T{number}.2 报结", files=["第二版.docx"])
    if any(row.kind == REPORT for row in session.exec(select(Draft).where(Draft.state == DraftState.OPEN))):
        stage.press("罗建", "提交")


async def test_invariant_19_a_card_confirms_only_the_report_it_showed(database: Database) -> None:
    """Taking back and reporting anew race the first card's 确认."""
    case = await database.write(make_case)
    for number in range(1, ROUNDS + 1):
        one_id, held = await database.write(partial(reported, case=case, number=number))
        await asyncio.gather(
            database.write(partial(report_anew, case=case, number=number)),
            database.write(partial(press, case=case, name="高宁", held=held)),
        )
        steps = await database.read(partial(decisions, obligation_id=one_id))
        confirmed = [no for action, no in steps if action == Step.ACCEPT]
        assert confirmed in ([], [held["高宁"][0].no]), steps


def test_invariant_19_a_forwarded_card_decides_nothing_and_tells_nothing(session: Session) -> None:
    case = make_case(session)
    one_id, held = reported(session, case, 1)
    for name in ("李娜", "丁凯", "许静"):
        answer = only(stage_of(session, case).press_held(name, held["高宁"]), name).text
        assert answer == "这张卡片是发给别人的，不能代点。"
    assert session.get_one(Obligation, one_id).state is ObligationState.SUBMITTED


def test_invariant_19_a_second_account_is_the_same_person(session: Session) -> None:
    case = make_case(session)
    one_id, _ = reported(session, case, 1)
    make_account(session, case["罗建"], "feishu", "luo-jian-again")
    answer = stage_of(session, case).say("罗建", "确认 T1.2", account=1)
    assert [message.text for message in answer] == ["T1 配合是本单位报的，由牵头单位环保局确认。"]
    assert session.get_one(Obligation, one_id).state is ObligationState.SUBMITTED


def test_invariant_19_who_gets_a_used_id_inherits_nothing(session: Session) -> None:
    case = make_case(session)
    one_id, held = reported(session, case, 1)
    gone = case["高宁"]
    gone.left_at = at(12, 8)
    account = session.exec(select(Account).where(Account.person_id == gone.id)).one()
    key = session.exec(select(AccountKey).where(AccountKey.account_id == account.id)).one()
    account.closed_at = key.closed_at = at(12, 8)
    session.flush()
    case.people["新人"] = make_person(session, "新人", case.units["环保局"], binding="")
    make_account(session, case["新人"], "dingtalk", key.value)

    stage = stage_of(session, case)
    pressed = stage.press_held("新人", held["高宁"])
    assert "这张卡片是发给别人的，不能代点。" in [message.text for message in pressed]
    said = [message.text for message in stage.say("新人", "确认 T1.2")]
    assert said == ["T1 配合由牵头单位环保局确认。"]
    assert session.get_one(Obligation, one_id).state is ObligationState.SUBMITTED
    assert session.exec(select(Task.version)).one() == 1
