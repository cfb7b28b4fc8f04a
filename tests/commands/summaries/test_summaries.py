"""The leader's Friday: one short text, no numbers of matters; own words kept as said."""

import re
from datetime import date, datetime

import pytest
from sqlmodel import Session, select

from commands.command import Catalogue, World
from commands.notify import Channels
from commands.summaries import rules
from commands.summaries.handlers import SUBJECT
from commands.summaries.jobs import jobs
from commands.tasks.handlers import SUBJECT as TASKS
from connectors import chat
from connectors.chat import Text
from storage.audit_check import verify
from storage.clock import Moment
from storage.job_runs import JobRunState
from storage.models import (
    LeaderWords,
    Obligation,
    ObligationState,
    OutboxEntry,
    Part,
    Ranking,
    RankingState,
    Task,
)
from storage.queries import tasks as tasks
from tests.factories import Case, at, make_case, make_person, make_task
from tests.stage import Sent, Stage, only, to

FRIDAY = at(12, 25, 16, 30)
WORLD = World(Channels(b"k" * 32, {"dingtalk": "dingtalk"}), Catalogue((SUBJECT,)))


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    done = make_task(
        session, made.initiative, made.units["环保局"], title="宣传材料", state=ObligationState.DONE
    )
    tasks.obligations_of(session, [done.id])[done.id][0].done_at = at(12, 23, 10)
    make_task(
        session,
        made.initiative,
        made.units["物业协会"],
        title="投放点设置",
        state=ObligationState.IN_PROGRESS,
        due_at=at(12, 23, 18),
    )
    make_person(session, "小唐", None, title="秘书")
    make_person(session, "大唐", None, title="秘书长")
    return made


def run(session: Session, planned: datetime = FRIDAY) -> dict[int | None, Text]:
    """One run of the job, to its end; what each person reads because of it."""
    before = set(session.exec(select(OutboxEntry.id)))
    (job,) = jobs(WORLD)
    cursor = ""
    for _ in range(5):
        state = JobRunState(1, job.id, planned, cursor, 1, late=False)
        result = job.chunk(session, state, Moment(business=planned, system=planned))
        cursor = result.cursor
        if result.done:
            break
    rows = [row for row in session.exec(select(OutboxEntry)) if row.id not in before]
    found = {row.person_id: chat.load_message(row.body) for row in rows}
    return {person: shown for person, shown in found.items() if isinstance(shown, Text)}


def decision(session: Session, case: Case) -> Ranking:
    row = Ranking(
        initiative_id=case.initiative.id,
        number=1,
        first=date(2026, 11, 23),
        last=date(2026, 12, 18),
        as_of=at(12, 20),
        state=RankingState.DECIDING,
    )
    session.add(row)
    session.flush()
    return row


def test_friday_says_what_is_done_what_is_late_and_what_waits(session: Session, case: Case) -> None:
    decision(session, case)
    shown = run(session)[case["周明"].id]
    assert shown.body == (
        "周副市长：垃圾分类本周情况（12月21日至25日）。\n"
        "完成：宣传材料办结。\n"
        "需关注：投放点设置逾期 2 个工作日（时限 12月23日（周三），物业协会）。\n"
        "请您定 1 件：第一期协作情况是否发布。"
    )
    assert [b.label for b in shown.buttons] == ["看发布", "已阅"]
    assert not re.search(r"[TRD]\d", shown.body)


def test_a_recurring_matter_late_for_two_periods_is_one_line(session: Session, case: Case) -> None:
    task = session.exec(select(Task).where(Task.title == "投放点设置")).one()
    (first,) = tasks.obligations_of(session, [task.id])[task.id]
    session.add(
        Obligation(
            task_id=task.id,
            unit_id=first.unit_id,
            part=Part.LEAD,
            period=2,
            state=ObligationState.IN_PROGRESS,
            due_at=at(12, 24, 18),
        )
    )
    session.flush()
    body = run(session)[case["周明"].id].body
    assert body.count("投放点设置") == 1
    assert "逾期 2 个工作日" in body, "the longest counts"


def test_the_secretary_reads_the_same_and_has_nothing_to_press(session: Session, case: Case) -> None:
    decision(session, case)
    told = run(session)
    assert len(told) == 2, "the 秘书长 reads nothing"
    (copy,) = [shown for person, shown in told.items() if person != case["周明"].id]
    assert copy.body == told[case["周明"].id].body
    assert copy.buttons == ()


def test_on_other_days_only_a_decision_is_told_and_that_once(session: Session, case: Case) -> None:
    assert run(session, at(12, 22, 16, 30)) == {}
    decision(session, case)
    told = run(session, at(12, 23, 16, 30))
    assert told[case["周明"].id].body == "周副市长：\n请您定 1 件：第一期协作情况是否发布。"
    assert run(session, at(12, 24, 16, 30)) == {}


def test_nothing_comes_on_a_day_off_and_the_week_ends_with_its_last_working_day(
    session: Session, case: Case
) -> None:
    assert run(session, at(12, 26, 16, 30)) == {}
    assert run(session, at(10, 2, 16, 30)) == {}
    assert "本周情况" in run(session, at(9, 30, 16, 30))[case["周明"].id].body


def test_however_much_there_is_the_text_stays_within_300_characters() -> None:
    late = [rules.Late("很长的事项名称" * 6, 12, "12月23日（周三）", "物业协会")] * 30
    week = rules.Week(
        "周副市长", ["垃圾分类"], ["清运楼道大件垃圾" * 5] * 20, late, ["第一期协作情况是否发布"] * 3,
        date(2026, 12, 21), date(2026, 12, 25),
    )  # fmt: skip
    text = rules.weekly(week)
    assert len(text) <= rules.LONGEST
    assert "另有" in text
    assert text.endswith("。"), "nothing is cut in the middle of a word"


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    case.units["城管局"].short_names = ["城管"]
    session.flush()
    return Stage(session, SUBJECT, TASKS, people=case.people, groups=case.groups, now=at(12, 25, 16, 42))


WORDS = "按督查室意见办，城管抓紧，下周三前清完"


def test_a_leaders_own_words_are_kept_as_said_and_checked_by_the_office(
    session: Session, stage: Stage
) -> None:
    sent = stage.say("周明", WORDS)
    assert only(sent, "周明").row("原话") == WORDS
    assert f"「{WORDS}」" in only(sent, "陈立").text
    assert to(sent, "王磊") == []
    assert session.exec(select(LeaderWords)).one().words == WORDS
    taken_back = stage.press("周明", "撤回")
    assert "请不要转达" in only(taken_back, "陈立").text
    assert session.exec(select(LeaderWords)).one().withdrawn_at == stage.now


@pytest.mark.parametrize("said", ["你好", "哪家最慢呢，说说看", "收到"])
def test_small_talk_and_questions_are_no_opinion(session: Session, stage: Stage, said: str) -> None:
    stage.say("周明", said)
    assert session.exec(select(LeaderWords)).all() == []


def test_what_others_say_is_no_leaders_word(session: Session, stage: Stage) -> None:
    stage.say("王磊", WORDS)
    assert session.exec(select(LeaderWords)).all() == []


def test_the_leader_answers_with_one_tap(session: Session, case: Case, stage: Stage) -> None:
    run(session)
    assert only(stage.press("周明", "已阅"), "周明").text == "好。"


def heard(sent: list[Sent]) -> dict[str, str]:
    return {one.to: one.text for one in sent}


def test_the_office_forwards_a_leaders_words_as_said_to_the_units_they_name(
    session: Session, stage: Stage
) -> None:
    asked = only(stage.say("周明", WORDS), "陈立")
    assert "拟原话转给：城管局。" in asked.text
    assert "提到12月30日（周三）。转发不改时限" in asked.text
    told = heard(stage.press("陈立", "转发"))
    assert set(told) == {"陈立", "赵敏", "罗建", "王磊"}
    for name in ("罗建", "王磊"):
        assert told[name].splitlines() == [
            "周副市长意见（12月25日（周五））：",
            f"「{WORDS}」",
            "督查室原话转达，请抓好落实。",
        ]
    assert told["陈立"].splitlines()[0] == "已把周副市长意见原话转给城管局，共 2 人。10 分钟内可以撤回。"
    assert told["赵敏"] == "陈立已把周副市长意见原话转给城管局，不用再转。"
    again = only(stage.press("赵敏", "转发"), "赵敏").text
    assert again == "陈立已经转给城管局，不用再转。"

    back = heard(stage.press("陈立", "撤回"))
    assert f"督查室收回了刚才转达的周副市长意见「{WORDS}」" in back["王磊"]
    assert "已撤回，已告知城管局" in back["陈立"]
    assert "王磊" in heard(stage.press("赵敏", "转发"))
    assert verify(session).problems == ()


def test_the_office_says_to_whom_or_about_which_matter(session: Session, case: Case, stage: Stage) -> None:
    make_task(session, case.initiative, case.units["物业协会"], number=35, title="清运楼道大件垃圾")
    only(stage.say("周明", "这件事请抓紧，不要拖到年后"), "陈立")
    nobody = only(stage.say("陈立", "转发"), "陈立").text
    assert "转给哪家单位？" in nobody
    told = heard(stage.say("陈立", "转发意见 T35"))
    assert {"方志", "吴桐"} <= set(told)
    assert "事项：T35 清运楼道大件垃圾" in told["吴桐"]
    assert "「这件事请抓紧，不要拖到年后」" in told["吴桐"]

    stage.say("周明", "这件事请抓紧，不要拖到年后")
    told = heard(stage.say("陈立", "转发意见 给社区办、城管局"))
    assert {"许静", "王磊", "罗建"} <= set(told)
    assert "吴桐" not in told


def test_what_the_leader_takes_back_after_it_was_forwarded_is_told_to_the_units(
    session: Session, stage: Stage
) -> None:
    stage.say("周明", WORDS)
    stage.press("陈立", "转发")
    told = heard(stage.press("周明", "撤回"))
    assert told["周明"] == "已收回，已告知城管局和督查室。"
    assert told["王磊"] == f"周副市长收回了刚才的意见「{WORDS}」，不用再按它办。"
    assert "已转给城管局的，我已告知不用再办" in told["赵敏"]
    assert "不用再撤" in only(stage.say("陈立", "撤回"), "陈立").text


def test_what_was_withdrawn_or_laid_aside_is_not_forwarded(session: Session, stage: Stage) -> None:
    stage.say("周明", WORDS)
    aside = heard(stage.press("陈立", "不转发"))
    assert aside["赵敏"] == "陈立已把周副市长意见定为不转发，不用再转。"
    assert set(aside) == {"陈立", "赵敏"}
    assert "陈立已经定为不转发" in only(stage.press("赵敏", "转发"), "赵敏").text
    stage.say("周明", "城管再快一点，周一前报我")
    stage.say("周明", "撤回")
    assert to(stage.press("赵敏", "转发"), "王磊") == []


@pytest.mark.parametrize("name", ["王磊", "周明", "钱坤"])
def test_nobody_but_the_office_forwards(session: Session, stage: Stage, name: str) -> None:
    stage.say("周明", WORDS)
    told = heard(stage.say(name, "转发意见 给社区办"))
    assert "许静" not in told
    assert "罗建" not in told
