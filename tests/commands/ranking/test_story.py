"""The first period of the case: figures, an objection, the leader's word, the groups, 为什么我们是B."""

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session, col, select

from commands.command import Catalogue, World
from commands.notify import Channels
from commands.policy import Policy
from commands.ranking import jobs
from commands.ranking.handlers import SUBJECT
from commands.ranking.operations.publishing import waiting_for
from connectors import chat
from connectors.chat import Picture
from storage.clock import Moment
from storage.job_runs import JobRunState
from storage.models import (
    AuditEntry,
    Blob,
    CooperationRequest,
    HelpFact,
    Obligation,
    ObligationState,
    OutboxEntry,
    Progress,
    Ranking,
    RankingLine,
    RankingState,
    Task,
    Unit,
)
from storage.queries import ranking as queries
from tests.factories import Case, at, make_leave
from tests.stage import BINDINGS, Sent, Stage, only, to

if TYPE_CHECKING:
    from tests.commands.ranking.conftest import Work

ALL = (True, True, True)


class Calendar:
    """Runs the subject's jobs at planned times, as the scheduler does."""

    def __init__(self, stage: Stage, policy: Policy | None = None) -> None:
        channels = Channels(key=b"k" * 32, apps={name: name for name in BINDINGS})
        world = World(channels, Catalogue((SUBJECT,)), policy or Policy())
        self._jobs = {job.id: job for job in jobs.jobs(world)}
        self._stage = stage

    def run(self, job: str, planned: datetime) -> list[Sent]:
        last = max(self._stage.session.exec(select(OutboxEntry.id)), default=0)
        self._stage.now = planned
        cursor, done = "", False
        while not done:
            run = JobRunState(1, job, planned, cursor, 1, False)
            result = self._jobs[job].chunk(self._stage.session, run, Moment(planned, planned))
            cursor, done = result.cursor, result.done
        return self._stage._since(last)


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=at(12, 21, 9))


@pytest.fixture
def calendar(stage: Stage) -> Calendar:
    return Calendar(stage)


def asked(work: "Work", unit: str, times: int, in_time: int) -> None:
    """商请 to ``unit``, for a matter that is not due in the period."""
    due = at(12, 9, 15)
    one = work.done("物业协会" if unit != "物业协会" else "环保局", due=at(3, 1, year=2027))
    for n in range(times):
        row = CooperationRequest(
            obligation_id=one.id,
            person_id=work.case["高宁"].id,
            from_unit_id=one.unit_id,
            to_unit_id=work.case.units[unit].id,
            what="点位",
            asked_at=due - timedelta(days=2),
            answer_due_at=due,
            answered_at=due if n < in_time else due + timedelta(hours=3),
        )
        work.session.add(row)
    work.session.flush()


@pytest.fixture
def period(work: "Work") -> None:
    """Four units' four weeks whose averages are 0.96, 0.95, 0.85, 0.95; T1 … in the order made."""
    for n in range(20):
        work.done("环保局", facts=ALL if n < 12 else None)
    asked(work, "环保局", 7, 7)
    for n in range(18):
        work.done("城管局", facts=ALL if n < 14 else None, returned=int(n == 17))
    asked(work, "城管局", 7, 7)
    work.done("社区办", due=at(12, 8, 18), begun=at(11, 25), late=2)  # nine days planned
    for _ in range(2):
        work.done("社区办", due=at(12, 4, 18), begun=at(11, 27), late=3, returned=1)  # Friday to Monday
    for n in range(13):
        work.done("社区办", facts=ALL if n > 0 else (False, True, True))
    asked(work, "社区办", 6, 4)
    for n in range(11):
        work.done("物业协会", facts=ALL if n else (False, True, True), returned=int(n in (1, 2, 3)))
    asked(work, "物业协会", 7, 5)


@pytest.fixture
def whole(session: Session, case: Case, work: "Work", period: None) -> None:
    """The rest: what makes 社区办 41 of 45 and 物业协会 two late, one of them returned."""
    late = [row for row in _matters(session, case, "社区办") if row[1]]
    assert len(late) == 3
    _fact(session, work, late[0][0], (False, True, True))
    _fact(session, work, late[1][0], (True, False, False))
    work.done("物业协会", due=at(12, 9, 18), begun=at(12, 3), late=1, facts=(False, True, True))
    number = work.done(
        "物业协会", due=at(12, 9, 18), begun=at(12, 3), late=5, returned=1, facts=(False, False, True)
    )
    task = session.get_one(Task, number.task_id)
    task.recurrence, number.period = "WEEKLY:FR 18:00", 2
    session.flush()


def _matters(session: Session, case: Case, unit: str) -> list[tuple[int, bool]]:
    query = select(Obligation).where(
        Obligation.unit_id == case.units[unit].id, col(Obligation.due_at) < at(12, 31)
    )
    rows = session.exec(query.order_by(col(Obligation.id)))
    return [(row.id, (row.first_submitted_at or at(12, 31)) > (row.due_at or at(12, 31))) for row in rows]


def _fact(session: Session, work: "Work", obligation_id: int, facts: tuple[bool, bool, bool]) -> None:
    row = HelpFact(
        obligation_id=obligation_id,
        person_id=work.case["高宁"].id,
        at=at(12, 10),
        in_time=facts[0],
        usable=facts[1],
        asked_once=facts[2],
    )
    session.add(row)
    session.flush()


@pytest.fixture
def counted(calendar: Calendar, whole: None) -> list[Sent]:
    return calendar.run(jobs.COUNT, at(12, 21, 9))


def the_ranking(session: Session) -> Ranking:
    return session.exec(select(Ranking)).one()


def test_the_units_get_their_own_figures_when_four_weeks_are_over(
    session: Session, stage: Stage, counted: list[Sent]
) -> None:
    assert {sent.to for sent in counted} == {"何川", "李娜", "罗建", "王磊", "苏岚", "许静", "方志", "吴桐"}
    assert only(counted, "许静").text == (
        "【协作数据请核对】\n时段：11月23日—12月18日\n本单位：16 件，按时 13 件（社区办）\n"
        "请在 12月23日（周三）18:00 前核对，过时按无异议。\n"
        "可以回复：\n· 逐件看\n· 无异议：协作数据无异议\n· 有异议：协作数据有异议"
    )
    stage.later(hours=1)
    checked = stage.press("许静", "无异议")
    assert only(checked, "许静").text == "好，社区办的协作数据没有异议，已记下。"
    assert "核对中" in only(stage.say("许静", "为什么我们是B"), "许静").title


def test_before_the_period_is_over_and_on_days_off_nothing_is_counted(
    session: Session, calendar: Calendar, whole: None
) -> None:
    assert calendar.run(jobs.COUNT, at(12, 18, 9)) == []
    assert calendar.run(jobs.COUNT, at(12, 20, 9)) == []
    assert session.exec(select(Ranking)).all() == []


def test_who_stands_in_for_the_liaison_is_asked_and_the_record_says_so(
    session: Session, stage: Stage, calendar: Calendar, case: Case, whole: None
) -> None:
    make_leave(session, case["许静"], case["秦月"], date(2026, 12, 21), date(2026, 12, 31))
    sent = calendar.run(jobs.COUNT, at(12, 21, 9))
    assert only(sent, "秦月").title == "协作数据请核对"
    assert to(sent, "许静") == []
    stage.press("秦月", "无异议")
    line = session.exec(select(RankingLine).where(RankingLine.unit_id == case.units["社区办"].id)).one()
    assert line.checked_by_id == case["秦月"].id
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "ranking.check")).one()
    assert json.loads(entry.body or "{}")["in_stead_of"] == case["许静"].id


def test_counting_twice_tells_once(calendar: Calendar, counted: list[Sent]) -> None:
    assert calendar.run(jobs.COUNT, at(12, 22, 9)) == []


def test_an_objection_is_left_out_until_the_office_answers(
    session: Session, stage: Stage, calendar: Calendar, counted: list[Sent]
) -> None:
    stage.now = at(12, 22, 10)
    number = max(session.exec(select(Task.number)))
    words = f"T{number}第2期不该算我们晚，城管局当天才给点位"
    sent = stage.say("方志", words)
    said = f"T{number} 第 2 期"
    assert only(sent, "方志").text == f"已记异议，{said} 先不计，督查室 12月24日（周四）前答复。"
    asked = only(sent, "陈立")
    assert asked.title == "协作数据有异议，请答复"
    assert (asked.row("单位"), asked.row("事项")) == ("物业协会 方志", said)
    assert asked.row("现计").startswith("晚 3 个工作日")
    assert "先不计" in only(stage.say("方志", "逐件看"), "方志").text
    assert "已经提过异议" in only(stage.say("方志", words), "方志").text
    assert calendar.run(jobs.SETTLE, at(12, 23, 18, 5)) == []
    assert the_ranking(session).state is RankingState.CHECKING
    answered = stage.press("陈立", "不计入")
    assert only(answered, "方志").text == only(answered, "吴桐").text == f"{said} 核实，不计入。"
    held = "不计入。"
    assert held in only(answered, "陈立").text
    assert "没有等答复的异议" in only(stage.say("陈立", "异议维持 晚就是晚"), "陈立").text
    calendar.run(jobs.SETTLE, at(12, 24, 18, 5))
    assert the_ranking(session).state is RankingState.DECIDING


def test_the_office_that_keeps_the_figure_says_why(
    session: Session, stage: Stage, counted: list[Sent]
) -> None:
    stage.now = at(12, 22, 10)
    number = max(session.exec(select(Task.number)))
    stage.say("方志", f"T{number}不该算我们晚，城管局当天才给点位")
    assert "理由是什么" in only(stage.press("陈立", "维持"), "陈立").text
    answered = stage.say("陈立", "点位前一周就给了")
    assert only(answered, "吴桐").text.endswith("核实，维持原数据。理由：点位前一周就给了")


def test_who_says_only_that_they_object_is_asked_which_matter(
    session: Session, stage: Stage, counted: list[Sent]
) -> None:
    stage.now = at(12, 22, 10)
    assert "哪一件" in only(stage.press("方志", "有异议"), "方志").text
    number = max(session.exec(select(Task.number)))
    sent = stage.say("方志", f"T{number}第2期，城管局当天才给点位")
    assert "已记异议" in only(sent, "方志").text
    assert only(sent, "陈立").row("理由").startswith(f"T{number}第2期")


@pytest.fixture
def deciding(stage: Stage, calendar: Calendar, counted: list[Sent]) -> None:
    assert calendar.run(jobs.SETTLE, at(12, 23, 18, 5)) == []
    stage.now = at(12, 25, 16, 55)


def test_the_leader_looks_and_agrees_and_it_goes_out_on_the_next_working_day(
    session: Session, stage: Stage, calendar: Calendar, case: Case, deciding: None
) -> None:
    assert [pair[0].number for pair in waiting_for(session, case["周明"].id)] == [1]
    shown = only(stage.say("周明", "看发布"), "周明")
    assert shown.title == "请您审定：第一期协作情况"
    assert (shown.row("A 档"), shown.row("B 档")) == ("环保局、城管局", "社区办、物业协会")
    assert (shown.row("异议"), shown.row("发布到")) == ("没有", "3 个工作群，12月28日（周一）")
    decided = stage.press("周明", "同意发布")
    assert only(decided, "周明").text == "同意发布第一期协作情况，12月28日（周一）发到 3 个工作群。"
    assert only(decided, "陈立").text.startswith("周副市长：同意发布第一期")
    assert calendar.run(jobs.PUBLISH, at(12, 26, 9, 5)) == []
    sent = calendar.run(jobs.PUBLISH, at(12, 28, 9, 5))
    assert sorted(each.to for each in sent) == sorted(["dingtalk#", "wecom#", "feishu#"] * 2)
    card = next(each for each in sent if each.to == "feishu#")
    assert card.text.split("\n可以回复")[0] == (
        "【垃圾分类部门协作情况（第一期）】\n时段：11月23日—12月18日\nA 档：环保局、城管局\n"
        "B 档：社区办、物业协会\n同档按机构序，不分先后。看四样：按时、一次通过、答复及时、配合；"
        "不看日志条数和开会次数。对本单位数据有异议，12月31日（周四）前提出。"
    )
    picture = next(each.message for each in sent if isinstance(each.message, Picture))
    assert session.get(Blob, picture.blob.replace("chart:", "spec:")) is not None
    assert "B 档：社区办、物业协会" in picture.alt
    assert calendar.run(jobs.PUBLISH, at(12, 29, 9, 5)) == []


def test_why_we_are_b_opens_down_to_the_matters(
    session: Session, stage: Stage, calendar: Calendar, deciding: None
) -> None:
    stage.say("周明", "同意发布")
    calendar.run(jobs.PUBLISH, at(12, 28, 9, 5))
    stage.later(minutes=15)
    own = only(stage.say("苏岚", "为什么我们是B"), "苏岚")
    assert own.text.split("\n可以回复")[0] == (
        "【社区办 B 档，90.0】\n按时：16 件，13 件按时，3 件晚\n一次通过：16 件，14 件一次过\n"
        "答复及时：6 次，4 次按时\n配合：45 项确认，41 项“是”\n影响最大的是 2 次商请没按时答复。"
    )
    sums = only(stage.press("苏岚", "看算法"), "苏岚").text.split("\n")
    assert sums[:4] == [
        "可照着手算；同组平均 0.96、0.95、0.85、0.95，折算 8 件：",
        "按时 (14.889+8×0.96)÷(16+8)=0.940，其中晚 2 天的计 0.556、晚 1 天的各计 0.667",
        "一次通过 (15+8×0.95)÷(16+8)=0.942 · 答复 (4+8×0.85)÷(6+8)=0.771 · 配合 (13.667+8×0.95)÷(15+8)=0.925",
        "指数 100×(0.30×0.940+0.20×0.942+0.20×0.771+0.20×0.925)÷0.90=90.0（互评本期没有，权重摊给其余四样）",
    ]
    assert sums[4].endswith("列 B 档")
    listed = only(stage.press("苏岚", "逐件看"), "苏岚").text
    assert "晚 2 个工作日（计划 9 个），计 1−2÷4.5=0.556" in listed
    assert "退回 1 次，计 0.5" in listed
    assert listed.count("没按时") == 2
    assert "B 档" in only(stage.say("苏岚", "本局排第几"), "苏岚").title
    assert "只能看本单位" in only(stage.say("苏岚", "城管局为什么是A"), "苏岚").text


def test_a_matter_of_weight_three_is_shown_with_its_weight_and_its_sums(
    session: Session, stage: Stage, calendar: Calendar, case: Case, whole: None
) -> None:
    late = session.get_one(Obligation, _matters(session, case, "社区办")[0][0])
    task = session.get_one(Task, late.task_id)
    task.weight = 3
    session.flush()
    calendar.run(jobs.COUNT, at(12, 21, 9))
    stage.later(hours=1)
    assert only(stage.say("许静", "看算法"), "许静").text.split("\n")[1] == (
        "按时 (12.001+8×0.95)÷(13.5+8)=0.912，其中晚 2 天的计 0.556、晚 1 天的各计 0.667；"
        "得分 14.333+3×0.556=16.001，权重 15+3×1=18，平方 15+9×1=24，"
        "折合 18×18÷24=13.5 件、18×16.001÷24=12.001 分"
    )
    listed = only(stage.say("许静", "逐件看"), "许静").text
    assert f"T{task.number}（权重 3） {task.title}：时限 12月8日" in listed
    assert f"T{task.number} 先不计" in only(stage.say("许静", f"T{task.number}不该算我们晚"), "许静").text
    without = only(stage.say("许静", "看算法"), "许静").text.split("\n")
    assert without[0].endswith("折算 8 件：")
    assert without[1] == "按时 (14.333+8×0.97)÷(15+8)=0.961，其中晚 1 天的各计 0.667"


def test_others_hear_only_of_bands(stage: Stage, calendar: Calendar, deciding: None) -> None:
    assert "还没有发布" in only(stage.say("高宁", "协作情况"), "高宁").text
    stage.say("周明", "同意发布")
    calendar.run(jobs.PUBLISH, at(12, 28, 9, 5))
    shown = only(stage.say("高宁", "协作情况"), "高宁").text
    assert "90.0" not in shown
    assert "B 档：社区办、物业协会" in shown


def test_to_the_units_only_is_not_published(stage: Stage, calendar: Calendar, deciding: None) -> None:
    stage.say("周明", "看发布")
    sent = stage.press("周明", "发各单位")
    assert only(sent, "许静").title == "社区办 B 档，90.0"
    assert only(sent, "王磊").title.startswith("城管局 A 档")
    assert [each for each in sent if each.to.endswith("#")] == []
    assert calendar.run(jobs.PUBLISH, at(12, 28, 9, 5)) == []


def test_what_is_held_can_be_looked_at_again(stage: Stage, calendar: Calendar, deciding: None) -> None:
    assert "暂缓发布" in only(stage.say("周明", "暂缓发布"), "周明").text
    assert calendar.run(jobs.PUBLISH, at(12, 28, 9, 5)) == []
    stage.say("周明", "看发布")
    assert "同意发布" in only(stage.press("周明", "同意发布"), "周明").text
    assert len(calendar.run(jobs.PUBLISH, at(12, 29, 9, 5))) == 6


def test_the_office_records_a_leaders_word_and_the_leader_may_take_it_back(
    session: Session, stage: Stage, deciding: None
) -> None:
    card = only(stage.say("赵敏", "代录 周副市长电话同意发布第一期"), "赵敏")
    assert card.text.split("\n可以回复")[0] == (
        "【代录，请核对】\n领导：周副市长\n意见：同意发布第一期\n方式：电话"
    )
    sent = stage.press("赵敏", "记录")
    assert only(sent, "周明").text.startswith("赵敏代您记录：电话同意发布第一期协作情况。")
    assert the_ranking(session).state is RankingState.APPROVED
    wrong = stage.press("周明", "有误")
    assert the_ranking(session).state is RankingState.DECIDING
    assert "代录有误" in only(wrong, "赵敏").text


def test_nobody_but_the_leader_decides_and_nobody_but_the_office_answers(
    session: Session, stage: Stage, deciding: None
) -> None:
    for name in ("陈立", "苏岚", "秦月"):
        assert "由领导办理" in only(stage.say(name, "同意发布"), name).text
    assert "督查室" in only(stage.say("方志", "异议不计入"), "方志").text
    assert "督查室" in only(stage.say("苏岚", "代录 周副市长电话同意发布第一期"), "苏岚").text
    assert "联络员" in only(stage.say("秦月", "协作数据无异议"), "秦月").text
    assert the_ranking(session).state is RankingState.DECIDING


def test_a_card_shown_before_the_figures_changed_decides_nothing(
    session: Session, stage: Stage, deciding: None
) -> None:
    stage.say("周明", "看发布")
    held = stage.button("周明", "同意发布")
    ranking = the_ranking(session)
    ranking.version += 1
    session.flush()
    assert "有变动" in only(stage.press_held("周明", held), "周明").text
    assert the_ranking(session).state is RankingState.DECIDING


def test_published_by_itself_where_the_setting_says_so(
    session: Session, stage: Stage, counted: list[Sent]
) -> None:
    calendar = Calendar(stage, Policy(publish="auto"))
    calendar.run(jobs.SETTLE, at(12, 23, 18, 5))
    assert the_ranking(session).publish_on == date(2026, 12, 24)
    assert len(calendar.run(jobs.PUBLISH, at(12, 24, 9, 5))) == 6


def test_an_objection_after_publication_is_corrected_in_the_groups_when_a_band_changes(
    session: Session, stage: Stage, calendar: Calendar, deciding: None
) -> None:
    stage.say("周明", "同意发布")
    calendar.run(jobs.PUBLISH, at(12, 28, 9, 5))
    stage.later(hours=1)
    number = max(session.exec(select(Task.number)))
    sent = stage.say("方志", f"T{number}第2期不该算我们晚，城管局当天才给点位")
    assert "暂按已发布的" in only(sent, "方志").text
    answered = stage.press("陈立", "不计入")
    changed = [each for each in answered if each.to.endswith("#")]
    ranking = the_ranking(session)
    bands = {line.band for line in _lines(session, ranking)}
    assert bool(changed) == (bands != {"A", "B"} or _band_of(session, stage, "物业协会") != "B")
    stage.now = at(1, 4, year=2027)
    late = stage.say("方志", "T5不该算我们晚，另有原因")
    assert "三个工作日已经过了" in only(late, "方志").text


def _lines(session: Session, ranking: Ranking) -> list[RankingLine]:
    return queries.lines(session, ranking.id)


def _band_of(session: Session, stage: Stage, unit: str) -> str:
    found = session.exec(select(Unit).where(Unit.name == unit).order_by(col(Unit.id).desc())).first()
    lines = _lines(session, the_ranking(session))
    return next(line.band for line in lines if line.unit_id == found.id)  # type: ignore[attr-defined, union-attr]


def test_who_is_slowest_is_not_said_of_chance(
    session: Session, stage: Stage, calendar: Calendar, case: Case, work: "Work", deciding: None
) -> None:
    stage.say("周明", "同意发布")
    calendar.run(jobs.PUBLISH, at(12, 28, 9, 5))
    for sent in [only(stage.say("周明", "哪家最慢"), "周明")]:
        assert sent.text == "现在没有逾期的事项。单看四周数据，还不足以说哪家慢。"
    late = work.done("物业协会", due=at(12, 23, 18), accepted=False)
    late.state, late.first_submitted_at = ObligationState.IN_PROGRESS, None
    session.add(
        Progress(obligation_id=late.id, person_id=case["吴桐"].id, note="12月29日前补齐", at=at(12, 24))
    )
    session.flush()
    number = session.get_one(Task, late.task_id).number
    assert only(stage.say("周明", "哪家最慢"), "周明").text == (
        f"现在逾期 1 件：T{number} 物业协会，12月29日（周二）前补齐。其余三家没有逾期。"
        "单看四周数据，还不足以说哪家慢。"
    )


def test_the_lead_gives_three_facts_after_it_confirmed(
    session: Session, stage: Stage, case: Case, work: "Work"
) -> None:
    one = work.done("社区办", cooperates_with="环保局")
    number = session.get_one(Task, one.task_id).number
    ref = f"T{number}.2"
    said = only(stage.say("高宁", f"{ref} 配合 不按时"), "高宁").text
    assert said.startswith(f"已记 {ref} 配合：按时否、可用是、没有反复要是。")
    assert "没有反复要否" in only(stage.say("高宁", f"{ref} 配合 反复要"), "高宁").text
    assert "按时是" in only(stage.say("高宁", f"{ref} 配合 三项都是"), "高宁").text
    assert "牵头单位" in only(stage.say("秦月", f"{ref} 配合 三项都是"), "秦月").text
    open_one = work.done("社区办", cooperates_with="环保局", accepted=False)
    open_ref = f"T{session.get_one(Task, open_one.task_id).number}.2"
    assert "还没确认" in only(stage.say("高宁", f"{open_ref} 配合 三项都是"), "高宁").text


def test_no_card_of_it_names_a_person_or_ranks_one(
    calendar: Calendar, case: Case, counted: list[Sent]
) -> None:
    for each in to(counted, "许静"):
        assert not any(name in chat.as_text(each.message) for name in case.people)
