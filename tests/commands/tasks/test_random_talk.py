"""Whatever people say and press, in whatever order: nothing breaks, nobody decides their own, and the
records agree with the rows."""

import random

import pytest
from sqlmodel import Session, select

from commands.tasks import rules
from commands.tasks.rules import Step
from connectors import chat
from connectors.chat import Card, Text
from storage import audit_check
from storage.audit import seal
from storage.models import AuditEntry, Obligation, ObligationState, Part, Person, SentCard, Task
from storage.queries import tasks as queries
from tests.commands.tasks.conftest import Matters
from tests.factories import Case
from tests.stage import Held, Stage

STEPS = 60
PEOPLE = ("陈立", "赵敏", "何川", "李娜", "高宁", "罗建", "王磊", "丁凯", "许静", "苏岚", "吴桐")
SENTENCES = (
    "全部签收",
    "签收 {t}",
    "{t}给高宁",
    "{t}给丁凯",
    "都给丁凯",
    "{t} 城管局12月1号前给执法意见，社区办12月2号前给小区底数",
    "明确配合 {t}",
    "{t} 走访了五家，还差两家",
    "进展 {t} 60%",
    "更正 {t} 走访了六家",
    "{t} 报结",
    "{t} 办好了",
    "发出",
    "修改",
    "不发",
    "同意报出 {t}",
    "退改 {t} 数字对不上",
    "确认 {t}",
    "请补充 {t}",
    "{t} 请补充 缺商户",
    "{t} 补好了",
    "{t} 通过",
    "{t} 退回 照片是去年的",
    "{t}转给李娜，脱产学习",
    "{t}转给王磊",
    "接收",
    "不接",
    "撤回",
    "我的",
    "部门任务",
    "{t}",
    "{t} 城管局不需配合",
    "请社区办牵头、物业协会配合，周四前报12个试点小区名单",
    "缺一页",
)


S = ObligationState
#: What is likely said about an obligation in a state, and by whom: of its unit, of the lead's, of the office.
LIKELY: dict[ObligationState, tuple[tuple[str, str], ...]] = {
    S.UNSPECIFIED: (
        ("lead", "{t} 城管局12月1号前给执法意见，社区办12月2号前给小区底数"),
        ("lead", "{t} {u}12月1号前给底数"),
        ("lead", "{t} {u}12月1号前给底数"),
        ("office", "{t} {u}不需配合"),
    ),
    S.ASSIGNED: (("unit", "签收 {t}"), ("unit", "{t}给丁凯"), ("unit", "{t} 走访了五家，还差两家")),
    S.IN_PROGRESS: (
        ("unit", "{t} 报结"),
        ("unit", "{t} 报结"),
        ("unit", "{t} 补好了"),
        ("unit", "进展 {t} 60%"),
        ("unit", "更正 {t} 走访了六家"),
        ("unit", "{t}转给王磊"),
    ),
    S.RELEASING: (("unit", "同意报出 {t}"), ("unit", "{t} 通过"), ("unit", "退改 {t} 数字对不上")),
    S.SUBMITTED: (
        ("lead", "确认 {t}"),
        ("lead", "{t} 请补充 缺商户"),
        ("office", "{t} 通过"),
        ("office", "{t} 退回 照片是去年的"),
        ("unit", "撤回"),
    ),
}


@pytest.mark.parametrize("seed", range(3))
def test_random_talk_breaks_nothing(
    stage: Stage, matters: Matters, session: Session, case: Case, seed: int
) -> None:
    chance = random.Random(seed)
    matters.make(1, "环保局", "城管局", "社区办", state=ObligationState.ASSIGNED)
    matters.make(2, "城管局", "社区办", state=ObligationState.ASSIGNED)
    matters.make(3, "社区办", state=ObligationState.ASSIGNED)
    numbers: dict[int, int] = {}
    for _ in range(STEPS):
        one_event(stage, session, case, chance)
        for row in session.exec(select(Obligation)):
            assert row.decision_no >= numbers.get(row.id, 0)
            numbers[row.id] = row.decision_no
            assert (row.state is ObligationState.DONE) == (row.done_at is not None)
    assert_nobody_decided_their_own(session)
    while seal(session):
        continue
    assert audit_check.verify(session).problems == ()


def one_event(stage: Stage, session: Session, case: Case, chance: random.Random) -> None:
    stage.later(minutes=chance.choice((0, 1, 3, 30, 700)))
    if chance.random() < 0.6:
        likely(stage, session, case, chance)
        return
    name = chance.choice(PEOPLE)
    held = pressable(session, case[name])
    if held and chance.random() < 0.6:
        stage.press_held(name, chance.choice(held[-6:]))
        return
    ref = chance.choice(("T1", "T1.2", "T1.3", "T2", "T2.2", "T3", "T4"))
    files = ["材料.docx"] if chance.random() < 0.2 else []
    group = "dingtalk" if chance.random() < 0.2 else ""
    stage.say(name, chance.choice(SENTENCES).format(t=ref), files=files, group=group)


def pressable(session: Session, person: Person) -> list[Held]:
    return [
        (row, button)
        for row in session.exec(select(SentCard).where(SentCard.person_id == person.id))
        for shown in [chat.load_message(row.card)]
        if isinstance(shown, Card | Text)
        for button in shown.buttons
    ]


def likely(stage: Stage, session: Session, case: Case, chance: random.Random) -> None:
    """Somebody it concerns says what is due, and sends what is then shown."""
    open_ = [one for one in session.exec(select(Obligation)) if one.state in LIKELY]
    if not open_:
        return
    one = chance.choice(open_)
    task = session.get_one(Task, one.task_id)
    lead = rules.lead_of(queries.obligations_of(session, [task.id])[task.id])
    side, sentence = chance.choice(LIKELY[one.state])
    units = {"unit": one.unit_id, "lead": lead.unit_id, "office": case.units["督查室"].id}
    name = chance.choice([n for n in PEOPLE if case[n].unit_id == units[side]])
    ref = f"T{task.number}.{one.position}" if one.position > 1 else f"T{task.number}"
    unit = next(n for n, u in case.units.items() if u.id == one.unit_id)
    stage.say(name, sentence.format(t=ref, u=unit))
    if chance.random() < 0.8:
        stage.say(name, "发出")


def assert_nobody_decided_their_own(session: Session) -> None:
    """Whoever confirmed or passed is of another unit than the one that handed it in."""
    decided = select(AuditEntry).where(AuditEntry.action.in_([Step.ACCEPT, Step.VERIFY]))  # type: ignore[attr-defined]
    for entry in session.exec(decided):
        if not entry.object.startswith("obligation:"):
            continue
        one = session.get_one(Obligation, int(entry.object.partition(":")[2]))
        who = session.get_one(Person, int(entry.actor.partition(":")[2]))
        assert not rules.is_own(one, person_id=who.id, unit_id=who.unit_id)
        if entry.action == Step.ACCEPT:
            task = session.get_one(Task, one.task_id)
            lead = rules.lead_of(queries.obligations_of(session, [task.id])[task.id])
            assert one.part is Part.COOPERATE
            assert who.unit_id == lead.unit_id or who.name in ("陈立", "赵敏")
