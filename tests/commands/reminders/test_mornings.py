"""The morning card: who gets one, what is on it, and that it comes once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from commands.policy import Policy
from commands.reminders.jobs import jobs
from commands.reminders.operations import mornings
from connectors.chat import Text
from storage.clock import Moment
from storage.job_runs import Job, JobRunState
from storage.models import (
    DigestNote,
    HandOver,
    Leave,
    Obligation,
    ObligationState,
    OutboxEntry,
    Person,
    Progress,
    ReminderSetting,
    Snooze,
    Task,
)
from storage.queries import digest_notes
from tests.clock import Sent, run, told, world
from tests.factories import Case, at, make_case, make_initiative, make_obligation, make_person, make_task

S = ObligationState
MORNING = at(12, 9, 8, 35)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


def the_job(policy: Policy | None = None) -> Job:
    return jobs(world(policy=policy))[0]


def morning(
    session: Session, case: Case, planned: datetime = MORNING, **given: object
) -> dict[str, list[Sent]]:
    run(session, the_job(), planned, **given)  # type: ignore[arg-type]
    return told(session, list(case.people.values()))


def rows(sent: Sequence[Sent]) -> list[tuple[str, str]]:
    """Of the only one."""
    (one,) = sent
    return one.rows


def obligation(session: Session, task: Task, position: int = 1) -> Obligation:
    query = select(Obligation).where(Obligation.task_id == task.id, Obligation.position == position)
    return session.exec(query).one()


def make_day_two(session: Session, case: Case) -> dict[int, Task]:
    """The five matters of 丁凯 in three initiatives."""
    units, dingkai = case.units, case["丁凯"]
    made = {}
    first = make_task(
        session,
        case.initiative,
        units["环保局"],
        number=1,
        title="分类标准",
        handler=case["高宁"],
        state=S.IN_PROGRESS,
    )
    make_obligation(
        session,
        first,
        units["城管局"],
        state=S.IN_PROGRESS,
        due_at=at(12, 9, 18),
        handler=dingkai,
        content="执法意见",
    )
    made[1] = first
    made[7] = make_task(
        session,
        case.initiative,
        units["城管局"],
        number=7,
        title="检查周报",
        state=S.IN_PROGRESS,
        due_at=at(12, 11, 18),
        handler=dingkai,
        recurrence="WEEKLY:FR",
    )
    others = [
        make_initiative(session, title, units=[units["城管局"]], created_by=case["陈立"]) for title in "甲乙"
    ]
    for n, title, due, initiative in (
        (33, "招牌评估", at(12, 11, 18), others[0]),
        (22, "夜市整治", at(12, 16, 18), others[0]),
        (21, "背街小巷清理", at(12, 18, 18), others[1]),
    ):
        made[n] = make_task(
            session,
            initiative,
            units["城管局"],
            number=n,
            title=title,
            state=S.IN_PROGRESS,
            due_at=due,
            handler=dingkai,
        )
    return made


def test_one_card_holds_a_persons_matters_of_three_initiatives(session: Session, case: Case) -> None:
    make_day_two(session, case)
    sent = morning(session, case)["丁凯"]
    assert sent[0].title == "今日待办 12月9日（周三）"
    assert rows(sent) == [
        ("今天", "T1 配合环保局，给执法意见"),
        ("周五", "T7 检查周报、T33 招牌评估"),
        ("以后", "T22 12月16日（周三）"),
        ("以后", "T21 12月18日（周五）"),
    ]
    assert sent[0].sentences == ["我的"]


def test_the_liaison_reads_the_units_day(session: Session, case: Case) -> None:
    make_day_two(session, case)
    sent = morning(session, case)["王磊"]
    assert sent[0].title == "城管局 12月9日（周三）"
    assert rows(sent) == [("今天", "T1 丁凯"), ("逾期", "无")]
    assert sent[0].sentences == ["部门任务"]


def test_nobody_else_is_disturbed(session: Session, case: Case) -> None:
    make_day_two(session, case)
    # 高宁: T1 of the 14th is three working days away.
    assert morning(session, case).keys() == {"丁凯", "王磊", "高宁"}


def test_a_second_run_of_the_same_morning_tells_nobody_twice(session: Session, case: Case) -> None:
    make_day_two(session, case)
    job = the_job()
    moment = Moment(business=MORNING, system=MORNING)
    for _ in range(2):
        assert job.chunk(session, JobRunState(1, job.id, MORNING, "", 1, False), moment).done
    sent = told(session, list(case.people.values()))
    assert {len(cards) for cards in sent.values()} == {1}


def test_a_day_off_and_the_holidays_are_silent(session: Session, case: Case) -> None:
    make_task(
        session,
        case.initiative,
        case.units["环保局"],
        due_at=at(12, 12, 18),
        handler=case["高宁"],
        state=S.IN_PROGRESS,
    )
    assert morning(session, case, at(12, 12, 8, 35)) == {}
    assert "高宁" in morning(session, case, at(12, 14, 8, 35))


def test_overdue_goes_up_one_step_at_a_time(session: Session, case: Case) -> None:
    make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=5,
        title="设置投放点",
        due_at=at(12, 8, 18),
        handler=case["丁凯"],
        state=S.IN_PROGRESS,
    )
    first = morning(session, case)
    assert rows(first["丁凯"]) == [("逾期", "T5 设置投放点，1 个工作日")]
    assert first["罗建"][0].title == "逾期提醒 12月9日（周三）"
    assert rows(first["罗建"]) == [("逾期", "T5 设置投放点，逾期 1 个工作日")]
    assert "陈立" not in first
    second = morning(session, case, at(12, 10, 8, 35))
    assert len(second["罗建"]) == 1
    third = morning(session, case, at(12, 11, 8, 35))
    assert rows(third["陈立"]) == [("逾期", "T5 城管局 设置投放点，逾期 3 个工作日")]
    assert len(third["罗建"]) == 2  # there is no 主要负责人
    assert len(third["丁凯"]) == 3


def test_who_handed_in_meanwhile_is_told_nothing(session: Session, case: Case) -> None:
    tasks = make_day_two(session, case)
    obligation(session, tasks[1], 2).state = S.SUBMITTED
    session.flush()
    sent = morning(session, case)
    assert ("等您确认", "T1 城管局") in rows(sent["高宁"])
    assert "今天" not in dict(rows(sent["丁凯"])) if "丁凯" in sent else True
    assert "王磊" not in sent


def test_progress_since_the_last_morning_answers_the_reminder_ahead(session: Session, case: Case) -> None:
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        due_at=at(12, 10, 18),
        handler=case["高宁"],
        state=S.IN_PROGRESS,
    )
    one = obligation(session, task)
    session.add(Progress(obligation_id=one.id, person_id=case["高宁"].id, note="写了一半", at=at(12, 8, 16)))
    session.flush()
    assert morning(session, case) == {}


def test_unsigned_matters_are_reminded_of_on_the_day_the_limit_ends(session: Session, case: Case) -> None:
    task = make_task(session, case.initiative, case.units["社区办"], number=9, due_at=at(11, 26, 18))
    obligation(session, task).dispatched_at = at(11, 23, 15)
    session.flush()
    sent = morning(session, case, at(11, 24, 8, 35))
    assert sent["许静"][0].title == "社区办 11月24日（周二）"
    assert ("待签收", "T9，11月24日（周二）到时") in rows(sent["许静"])


def test_the_lead_is_reminded_to_say_what_it_wants(session: Session, case: Case) -> None:
    make_task(
        session,
        case.initiative,
        case.units["环保局"],
        case.units["城管局"],
        number=1,
        handler=case["高宁"],
        state=S.IN_PROGRESS,
        due_at=at(12, 30, 18),
    )
    assert rows(morning(session, case)["高宁"])[0] == ("等您明确", "T1 城管局")


def test_the_office_and_the_releaser_and_the_colleague_read_what_waits_for_them(
    session: Session, case: Case
) -> None:
    make_task(
        session, case.initiative, case.units["环保局"], number=1, state=S.SUBMITTED, handler=case["高宁"]
    )
    make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=2,
        state=S.RELEASING,
        handler=case["丁凯"],
        due_at=at(12, 30, 18),
    )
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        number=3,
        state=S.IN_PROGRESS,
        handler=case["高宁"],
        due_at=at(12, 30, 18),
    )
    offer = HandOver(
        obligation_id=obligation(session, task).id,
        from_id=case["高宁"].id,
        to_id=case["李娜"].id,
        at=at(12, 8),
    )
    session.add(offer)
    session.flush()
    sent = morning(session, case)
    assert rows(sent["陈立"]) == [("等您审核", "T1 环保局")]
    assert rows(sent["罗建"]) == [("等您同意", "T2 城管局")]
    assert rows(sent["李娜"]) == [("等您接收", "T3")]


def test_leave_sends_reminders_to_the_deputy_and_back(session: Session, case: Case) -> None:
    make_day_two(session, case)
    deputy = make_person(session, "马昊", case.units["城管局"], binding="wecom")
    session.add(
        Leave(
            person_id=case["丁凯"].id,
            deputy_id=deputy.id,
            starts_on=at(12, 9).date(),
            ends_on=at(12, 10).date(),
            created_at=at(12, 8),
        )
    )
    session.flush()
    sent = morning(session, case)
    assert "丁凯" not in sent
    (one,) = told(session, [deputy])["马昊"]
    assert ("今天", "T1 替丁凯 配合环保局，给执法意见") in one.rows
    assert "丁凯" in morning(session, case, at(12, 11, 8, 35))


def test_what_waits_for_a_head_waits_for_who_stands_in_but_not_the_own(session: Session, case: Case) -> None:
    for number, handler in ((2, "丁凯"), (5, "王磊")):
        make_task(
            session,
            case.initiative,
            case.units["城管局"],
            number=number,
            state=S.RELEASING,
            handler=case[handler],
            due_at=at(12, 30, 18),
        )
    session.add(
        Leave(
            person_id=case["罗建"].id,
            deputy_id=case["王磊"].id,
            starts_on=at(12, 9).date(),
            ends_on=at(12, 9).date(),
            created_at=at(12, 8),
        )
    )
    session.flush()
    sent = morning(session, case)
    assert ("等您同意", "T2 代罗建") in rows(sent["王磊"])
    assert rows(sent["罗建"]) == [("等您同意", "T5 城管局")]
    assert rows(morning(session, case, at(12, 10, 8, 35))["罗建"][1:]) == [
        ("等您同意", "T2 城管局、T5 城管局")
    ]


def test_what_somebody_who_left_had_to_do_is_said_to_the_units_door(session: Session, case: Case) -> None:
    make_day_two(session, case)
    case["丁凯"].left_at = at(12, 8)
    session.flush()
    sent = morning(session, case)
    assert "丁凯" not in sent
    assert ("今天", "T1 配合环保局，给执法意见") in rows(sent["王磊"])
    assert any("T33" in value for _, value in rows(sent["王磊"]))


def test_a_snooze_is_kept_and_ends(session: Session, case: Case) -> None:
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        due_at=at(12, 9, 18),
        handler=case["高宁"],
        state=S.IN_PROGRESS,
    )
    session.add(
        Snooze(
            person_id=case["高宁"].id,
            obligation_id=obligation(session, task).id,
            until=at(12, 10).date(),
            created_at=at(12, 8),
        )
    )
    session.flush()
    assert "高宁" not in morning(session, case)
    assert "高宁" in morning(session, case, at(12, 10, 8, 35))


def test_more_than_six_rows_become_a_text(session: Session, case: Case) -> None:
    for n, state in enumerate((S.IN_PROGRESS,) * 7, start=1):
        make_task(
            session,
            case.initiative,
            case.units["环保局"],
            number=n,
            title=f"第{n}件",
            state=state,
            handler=case["高宁"],
            due_at=at(12, 8 + n, 18),
        )
    for n in range(8, 12):
        digest_notes.note(
            session, [case["高宁"].id], "日报", f"第 {n} 条", key=f"n{n}", now=at(12, 8), day=at(12, 9).date()
        )
    (one,) = morning(session, case)["高宁"]
    assert isinstance(one.message, Text)
    assert one.text.startswith("【今日待办 12月9日（周三）】\n今天：T1 第1件\n")


def test_notes_are_told_on_their_day_and_once(session: Session, case: Case) -> None:
    digest_notes.note(
        session,
        [case["赵敏"].id],
        "日报",
        "昨天 3 人没交",
        key="logs:1209",
        now=at(12, 8, 17),
        day=at(12, 9).date(),
    )
    digest_notes.note(
        session,
        [case["赵敏"].id],
        "日报",
        "昨天 3 人没交",
        key="logs:1209",
        now=at(12, 8, 17),
        day=at(12, 9).date(),
    )
    assert len(session.exec(select(DigestNote)).all()) == 1
    assert morning(session, case, at(12, 8, 8, 35)) == {}
    assert rows(morning(session, case)["赵敏"]) == [("日报", "昨天 3 人没交")]
    assert len(morning(session, case, at(12, 10, 8, 35))["赵敏"]) == 1


def test_after_a_stop_reminders_come_once_marked_and_the_overview_does_not(
    session: Session, case: Case
) -> None:
    make_day_two(session, case)
    sent = morning(session, case, now=at(12, 9, 11), late=True)
    assert sent["丁凯"][0].title == "今日待办 12月9日（周三）补发"
    assert rows(sent["丁凯"]) == [("今天", "T1 配合环保局，给执法意见")]
    assert "王磊" not in sent


@pytest.mark.parametrize("now", [at(12, 9, 21), at(12, 10, 9)])
def test_too_late_is_left_to_the_next_morning(session: Session, case: Case, now: datetime) -> None:
    make_day_two(session, case)
    assert morning(session, case, now=now, late=True) == {}


def test_a_morning_that_was_left_out_is_made_up_for_by_the_next(session: Session, case: Case) -> None:
    make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=5,
        due_at=at(12, 8, 18),
        handler=case["丁凯"],
        state=S.IN_PROGRESS,
    )
    morning(session, case, at(12, 8, 8, 35))
    morning(session, case, now=at(12, 9, 21), late=True)
    assert "罗建" in morning(session, case, at(12, 10, 8, 35))


def test_an_urgent_matter_is_said_on_a_saturday(session: Session, case: Case) -> None:
    case.initiative.rules = {"urgent": [4]}
    session.flush()
    for n in (4, 5):
        make_task(
            session,
            case.initiative,
            case.units["环保局"],
            number=n,
            due_at=at(12, 11, 18),
            title=f"第{n}件",
            handler=case["高宁"],
            state=S.IN_PROGRESS,
        )
    sent = morning(session, case, at(12, 12, 8, 35))
    assert "逾期：T4 第4件，已过时限" in sent["高宁"][0].text, "no working day has passed since Friday"


def test_a_persons_own_quiet_hours_delay_the_card(session: Session, case: Case) -> None:
    make_day_two(session, case)
    session.add(
        ReminderSetting(person_id=case["丁凯"].id, quiet_from="21:00", quiet_to="09:30", changed_at=at(12, 1))
    )
    session.flush()
    morning(session, case)
    query = select(OutboxEntry).where(OutboxEntry.person_id == case["丁凯"].id)
    assert session.exec(query).one().due_at - MORNING == timedelta(minutes=55)


def test_a_holiday_ahead_is_said(session: Session, case: Case) -> None:
    qinyue, units = case["秦月"], case.units
    make_task(
        session,
        case.initiative,
        units["社区办"],
        number=4,
        title="入户宣传",
        due_at=at(1, 5, 18, year=2027),
        handler=qinyue,
        state=S.IN_PROGRESS,
    )
    weekly = make_task(
        session,
        case.initiative,
        units["物业协会"],
        number=6,
        title="值守记录",
        state=S.IN_PROGRESS,
        due_at=at(1, 4, 18, year=2027),
        recurrence="WEEKLY:FR",
        handler=case["吴桐"],
    )
    make_obligation(
        session, weekly, units["社区办"], state=S.IN_PROGRESS, due_at=at(1, 4, 18, year=2027), handler=qinyue
    )
    digest_notes.note(
        session,
        [qinyue.id],
        "顺延",
        "T6 本期到 1月4日（周一）",
        key="t6",
        now=at(12, 28),
        day=at(12, 28).date(),
    )
    sent = morning(session, case, at(12, 31, 8, 35))["秦月"]
    assert sent[0].title == "今日待办 12月31日（周四）"
    assert rows(sent) == [
        ("节后", "T4 1月5日（周二），第 2 个工作日"),
        ("顺延", "T6 配合，本期到 1月4日（周一）"),
    ]


def test_somebody_whose_data_is_broken_is_left_out_and_counted(session: Session, case: Case) -> None:
    make_day_two(session, case)
    session.add(
        ReminderSetting(person_id=case["丁凯"].id, quiet_from="?", quiet_to="?", changed_at=at(12, 1))
    )
    session.flush()
    assert run(session, the_job(), MORNING).failed == 1
    assert "王磊" in told(session, list(case.people.values()))


def test_people_are_told_in_chunks(session: Session, case: Case) -> None:
    unit = case.units["城管局"]
    people: list[Person] = []
    for n in range(mornings.BATCH + 3):
        people.append(make_person(session, f"某{n}", unit, binding="wecom"))
        make_task(
            session,
            case.initiative,
            unit,
            number=100 + n,
            due_at=at(12, 10, 18),
            handler=people[-1],
            state=S.IN_PROGRESS,
        )
    run(session, the_job(), MORNING)
    assert {name: len(sent) for name, sent in told(session, people).items()} == {p.name: 1 for p in people}
