"""A weekly matter with three open periods: people see the matter, and its periods only where they look."""

from datetime import date

import pytest
from sqlmodel import Session

from commands.cooperation.handlers import SUBJECT as COOPERATION
from commands.tasks import periods
from commands.tasks.cards.described import Described, by_matter, merged
from commands.tasks.handlers import SUBJECT
from storage.models import Obligation, ObligationState
from storage.queries import tasks as queries
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at, make_obligation
from tests.stage import Stage, only, to

S = ObligationState
ACTIVE, WAITING = "办理中", "待签收"


@pytest.fixture
def weekly(matters: Matters, session: Session, case: Case) -> list[Obligation]:
    """T7 of 城管局: three Fridays, none signed for; and T1, a matter of one day."""
    task = matters.make(7, "城管局", "物业协会", title="执法检查", state=S.ASSIGNED, recurrence="WEEKLY:FR")
    urban, property_ = case.units["城管局"], case.units["物业协会"]
    for period, day in ((2, 18), (3, 25)):
        make_obligation(session, task, urban, due_at=at(12, day, 18), period=period)
        make_obligation(session, task, property_, state=S.UNSPECIFIED, period=period)
    first = queries.obligations_of(session, [task.id])[task.id][0]
    first.due_at = at(12, 11, 18)
    matters.make(1, "环保局", "城管局", title="分类标准", cooperate_state=S.ASSIGNED)
    session.flush()
    return queries.obligations_of(session, [task.id])[task.id]


def part(
    name: str = "T7", *, due: str = "每周五", state: str = ACTIVE, light: str = "正常", lead: bool = True
) -> Described:
    return Described(
        name, "执法检查", lead, "城管局", "城管局", "丁凯", "丁凯", "", due, "12月11日", state, light
    )


@pytest.mark.parametrize(
    ("lights", "states", "shown"),
    [
        (["正常"], [ACTIVE], ("每周五", ACTIVE, "正常", 1)),
        (["正常"] * 3, [ACTIVE] * 3, ("每周五，3 期", ACTIVE, "正常", 3)),
        (["逾期"] * 2, [ACTIVE] * 2, ("每周五，2 期", ACTIVE, "逾期", 2)),
        (["逾期", "逾期", "临期"], [ACTIVE] * 3, ("每周五，3 期", ACTIVE, "2 期逾期", 3)),
        (["正常", "临期"], [WAITING] * 2, ("每周五，2 期", WAITING, "临期", 2)),
        (["正常"] * 2, ["已报结", ACTIVE], ("每周五，2 期", "", "正常", 2)),
    ],
)
def test_open_periods_are_shown_as_one(
    lights: list[str], states: list[str], shown: tuple[str, str, str, int]
) -> None:
    parts = [part(light=light, state=state) for light, state in zip(lights, states, strict=True)]
    (one,) = merged(parts)
    assert (one.due, one.state, one.light, one.periods) == shown


def test_parts_of_one_matter_that_differ_stay_apart() -> None:
    parts = [part(), part("T1", due="12月14日"), part(), part(lead=False)]
    assert [(one.name, one.is_lead, one.periods) for one in merged(parts)] == [
        ("T7", True, 2),
        ("T1", True, 1),
        ("T7", False, 1),
    ]
    assert by_matter(parts[:3]) == [("T7", "每周五，2 期"), ("T1", "12月11日")]


@pytest.mark.parametrize(
    ("rule", "due", "said"),
    [
        ("WEEKLY:FR", date(2026, 12, 11), "本周"),
        ("WEEKLY:FR", date(2026, 12, 4), "12月4日一期"),
        ("WEEKLY:TU,FR", date(2026, 12, 11), "12月11日一期"),
        ("MONTHLY:25", date(2026, 12, 25), "本月"),
        ("MONTHLY:25", date(2026, 11, 25), "11月25日一期"),
        ("DAILY", date(2026, 12, 9), "12月9日一期"),
    ],
)
def test_a_period_is_said_in_words(rule: str, due: date, said: str) -> None:
    assert periods.say_period(rule, due, date(2026, 12, 9)) == said


def test_a_units_list_has_one_line_a_matter(stage: Stage, weekly: list[Obligation]) -> None:
    stage.now = at(12, 19)
    shown = only(stage.say("王磊", "部门任务"), "王磊")
    assert shown.title == "城管局在办 2 项"
    assert shown.row("T7") == "牵头 执法检查，每周五，3 期，待签收"
    assert shown.row("T1") == "配合 分类标准，12月9日（周三），待签收"


def test_ones_own_list_has_one_line_a_matter_and_says_how_many_are_late(
    stage: Stage, weekly: list[Obligation], case: Case, session: Session
) -> None:
    for one in weekly[::2]:
        one.state, one.handler_id = S.IN_PROGRESS, case["丁凯"].id
    session.flush()
    stage.now = at(12, 19)
    shown = only(stage.say("丁凯", "我的"), "丁凯")
    assert shown.title == "您的事项 1 项"
    assert shown.row("T7") == "执法检查，每周五，3 期，2 期逾期"


def test_the_matter_itself_is_shown_period_by_period(
    stage: Stage, weekly: list[Obligation], session: Session
) -> None:
    weekly[0].state, weekly[0].first_submitted_at = S.SUBMITTED, at(12, 11, 17)
    session.flush()
    stage.now = at(12, 19)
    shown = only(stage.say("王磊", "T7"), "王磊").text
    assert shown.splitlines()[:7] == [
        "【T7 执法检查】",
        "专项：垃圾分类",
        "牵头：城管局，每周五，在办 3 期",
        "配合：物业协会",
        "· 12月11日（周五）一期：已报结，报出 12月11日（周五）17:00，按时；配合 物业协会 待明确",
        "· 12月18日（周五）一期：待签收，逾期；配合 物业协会 待明确",
        "· 12月25日（周五）一期：待签收；配合 物业协会 待明确",
    ]


def test_a_refusal_says_which_period_is_meant(
    stage: Stage, weekly: list[Obligation], session: Session
) -> None:
    answer = only(stage.say("陈立", "T7 通过"), "陈立").text
    assert answer == "T7（12月11日一期）现在是“待签收”，先不审核通过。请先签收。"
    weekly[0].state = S.DONE
    session.flush()
    stage.now = at(12, 14)
    assert only(stage.say("陈立", "T7 通过"), "陈立").text.startswith("T7（本周）现在是“待签收”")


def test_signing_and_giving_the_matter_is_signing_and_giving_every_period(
    stage: Stage, weekly: list[Obligation], case: Case
) -> None:
    sent = stage.say("王磊", "T1、T7 签收，都给丁凯", group="wecom")
    echo = only(sent, "wecom#")
    assert (echo.title, echo.row("T7"), echo.row("经办")) == (
        "城管局已签收 2 项",
        "牵头，每周五，3 期",
        "丁凯",
    )
    told = only(sent, "丁凯")
    assert (told.title, told.row("T7")) == ("王磊分给您 2 项", "执法检查，每周五，3 期")
    assert [(one.state, one.handler_id) for one in weekly[::2]] == [(S.IN_PROGRESS, case["丁凯"].id)] * 3
    stage.say("王磊", "撤回")
    assert [(one.state, one.handler_id) for one in weekly[::2]] == [(S.ASSIGNED, None)] * 3


def test_what_was_signed_before_is_skipped_and_said(stage: Stage, weekly: list[Obligation]) -> None:
    stage.say("王磊", "签收 T1")
    stage.now = at(11, 23, 10)
    sent = stage.say("王磊", "T1、T7 城管局签收，都给丁凯")
    echo = only(sent, "王磊")
    assert echo.title == "已签收 1 项"
    assert "T1（城管局配合）已由王磊于11月23日（周一）09:12办理：签收。" in echo.text
    assert only(sent, "丁凯").title == "王磊分给您 1 项"


def test_a_list_with_another_units_matter_is_signed_for_but_for_that_one(
    stage: Stage, weekly: list[Obligation], matters: Matters
) -> None:
    matters.make(3, "环保局", title="社区培训", state=S.ASSIGNED)
    echo = only(stage.say("王磊", "签收 T7、T3"), "王磊")
    assert echo.title == "已签收 1 项"
    assert "T3 由环保局办理。" in echo.text
    assert matters[3, 1].state is S.ASSIGNED


def test_only_when_nothing_is_left_it_is_refused_with_what_to_do(
    stage: Stage, weekly: list[Obligation]
) -> None:
    stage.say("王磊", "全部签收")
    answer = only(stage.say("王磊", "签收 T1、T7，都给丁凯"), "王磊").text
    assert answer == "T1、T7 之前已经签收。要改由丁凯办，请说“T1、T7给丁凯”。"
    shown = only(stage.say("王磊", "T1、T7给丁凯"), "王磊")
    assert shown.row("丁凯") == "T1、T7"


def test_a_list_is_given_but_for_what_is_reported(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    for one in weekly[::2]:
        one.state = S.IN_PROGRESS
    weekly[0].state, weekly[0].submitted_at = S.SUBMITTED, at(11, 23)
    session.flush()
    sent = stage.say("王磊", "T1、T7给丁凯")
    assert only(sent, "丁凯").row("T7") == "执法检查，每周五，2 期"
    assert [one.handler_id for one in weekly[::2]] == [None, case["丁凯"].id, case["丁凯"].id]
    for one in weekly[::2]:
        one.state = S.SUBMITTED
    session.flush()
    shown = only(stage.say("王磊", "T1、T7给王磊"), "王磊")
    assert shown.row("王磊") == "T1"
    assert "T7（12月11日一期）现在是“已报结”，不用分办。" in shown.text


def test_a_report_without_a_number_is_of_the_only_matter_and_says_which_period(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    for one in weekly[::2]:
        one.state, one.handler_id = S.IN_PROGRESS, case["丁凯"].id
    weekly[0].state = S.SUBMITTED
    session.flush()
    shown = only(stage.say("丁凯", "隐患台账更新好了"), "丁凯")
    assert (shown.title, shown.row("哪一期")) == ("T7 报结，请核对", "12月18日（周五）一期")
    stage.press("丁凯", "提交")
    asked = only(stage.press("罗建", "同意报出"), "陈立")
    assert asked.row("哪一期") == "12月18日（周五）一期"


def test_which_matter_is_asked_with_one_line_a_matter(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case, matters: Matters
) -> None:
    for one in (*weekly[::2], matters[1, 2]):
        one.state, one.handler_id = S.IN_PROGRESS, case["丁凯"].id
    session.flush()
    asked = only(stage.say("丁凯", "隐患台账更新好了"), "丁凯").text
    assert asked.splitlines()[:4] == [
        "是哪一项？",
        "· T1 分类标准",
        "· T7 执法检查",
        "请连编号一起说，例如“T1 报结”。",
    ]


def test_several_reported_periods_of_one_unit_are_confirmed_one_by_one(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    for lead, part in zip(weekly[::2], weekly[1::2], strict=True):
        lead.state, lead.handler_id = S.IN_PROGRESS, case["丁凯"].id
        part.state, part.first_submitted_at, part.submitted_at = S.SUBMITTED, at(11, 23), at(11, 23)
    session.flush()
    listed = only(stage.say("丁凯", "我的"), "丁凯").text
    assert "等您确认：T7 物业协会 3 期。" in listed
    assert only(stage.say("丁凯", "确认"), "丁凯").title == "T7 配合已确认"
    assert [one.state for one in weekly[1::2]] == [S.DONE, S.SUBMITTED, S.SUBMITTED]


def test_a_unit_with_many_late_periods_is_urged_once_for_the_matter(
    session: Session, weekly: list[Obligation], case: Case, matters: Matters
) -> None:
    matters.make(3, "城管局", title="社区培训", state=S.IN_PROGRESS)
    urban = case.units["城管局"]
    for period in range(4, 20):
        task = session.get_one(type(weekly[0]), weekly[0].id).task_id
        session.add(
            Obligation(
                task_id=task,
                unit_id=urban.id,
                part=weekly[0].part,
                period=period,
                state=S.ASSIGNED,
                due_at=at(12, 11, 18),
            )
        )
    session.flush()
    stage = Stage(
        session, COOPERATION, SUBJECT, people=case.people, groups=case.groups, now=at(12, 15, 9, 12)
    )
    told = to(stage.say("陈立", "催办 城管局"), "王磊")
    assert sorted(one.text.split(" ")[0] for one in told) == [
        "督查室催办：T1",
        "督查室催办：T3",
        "督查室催办：T7",
    ]


def in_work(weekly: list[Obligation], case: Case, session: Session) -> None:
    for one in weekly[::2]:
        one.state, one.handler_id = S.IN_PROGRESS, case["丁凯"].id
    session.flush()


def test_what_is_wanted_is_said_for_the_period_whose_limit_is_ahead(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    in_work(weekly, case, session)
    stage.now = at(12, 19)
    asked = only(stage.say("丁凯", "T7 物业协会12月24号前给点位"), "丁凯")
    assert "您的时限是 12月25日（周五）" in asked.text
    assert "以前 2 期没写明的，不再要求配合。" in asked.text
    stage.press("丁凯", "发出")
    assert [one.state for one in weekly[1::2]] == [S.CANCELLED, S.CANCELLED, S.ASSIGNED]
    stage.say("丁凯", "撤回")
    assert [one.state for one in weekly[1::2]] == [S.UNSPECIFIED] * 3


def test_nothing_wanted_is_for_every_period_for_which_nothing_was_said(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    in_work(weekly, case, session)
    weekly[5].state = S.IN_PROGRESS
    session.flush()
    answer = only(stage.say("丁凯", "T7 物业协会不需配合"), "丁凯").text
    assert answer.startswith("T7 已不需物业协会配合，不计分。")
    assert [one.state for one in weekly[1::2]] == [S.CANCELLED, S.CANCELLED, S.IN_PROGRESS]
    told = only(stage.say("丁凯", "T7 物业协会不需配合"), "吴桐").text
    assert told == "T7 已不需物业协会配合，不用再办，也不计分。"
    assert weekly[5].state is S.CANCELLED


def test_a_matter_is_offered_and_taken_with_all_its_periods(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    in_work(weekly, case, session)
    sent = stage.say("丁凯", "T7转给王磊，下周脱产学习")
    assert only(sent, "丁凯").row("时限") == "每周五，3 期，不变"
    assert only(sent, "王磊").row("时限") == "每周五，3 期"
    taken = stage.say("王磊", "接收")
    assert only(taken, "王磊").text == "T7 由您负责了，时限 每周五，3 期，不变。"
    assert only(taken, "丁凯").text == "T7 已由王磊接收。"
    assert {one.handler_id for one in weekly[::2]} == {case["王磊"].id}


@pytest.mark.parametrize("answer", ["不接", "撤回"])
def test_an_offer_that_comes_to_nothing_leaves_every_period_where_it_was(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case, answer: str
) -> None:
    in_work(weekly, case, session)
    stage.say("丁凯", "T7转给王磊，下周脱产学习")
    told = stage.say("王磊" if answer == "不接" else "丁凯", answer)
    assert len(told) == 2
    assert {one.handler_id for one in weekly[::2]} == {case["丁凯"].id}
    assert queries.offered_to(session, case["王磊"].id) == []


def test_only_the_periods_of_who_gives_them_are_offered(
    stage: Stage, weekly: list[Obligation], session: Session, case: Case
) -> None:
    in_work(weekly, case, session)
    weekly[2].handler_id = case["罗建"].id
    session.flush()
    stage.say("丁凯", "T7转给王磊，下周脱产学习")
    stage.press("王磊", "接收")
    assert [one.handler_id for one in weekly[::2]] == [case["王磊"].id, case["罗建"].id, case["王磊"].id]
