"""17:00: who said nothing today is asked; the office gets the number."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlmodel import Session, col, select

from commands.command import Catalogue, World
from commands.logs import jobs
from commands.notify import Channels
from commands.policy import Policy
from connectors import chat
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import DigestNote, Leave, Obligation, OutboxEntry, OutboxState, ReminderSetting, Task
from storage.queries.logs import count_missing, people_without_log
from tests.factories import Case, at
from tests.stage import BINDINGS, Stage

WEDNESDAY = at(12, 9, 17)


def world(policy: Policy | None = None) -> World:
    channels = Channels(key=b"k" * 32, apps={name: name for name in BINDINGS})
    return World(channels, Catalogue(()), policy=policy or Policy())


def job(name: str, policy: Policy | None = None) -> Job:
    return next(one for one in jobs.jobs(world(policy)) if one.id == name)


def run(
    session: Session,
    name: str,
    planned: datetime,
    *,
    now: datetime | None = None,
    policy: Policy | None = None,
    cursor: str = "",
) -> ChunkResult:
    moment = Moment(business=now or planned, system=now or planned)
    state = JobRunState(1, name, planned, cursor, 1, late=now is not None)
    return job(name, policy).chunk(session, state, moment)


def given(session: Session, when: datetime) -> None:
    """All work was given then."""
    for task in session.exec(select(Task)):
        task.dispatched_at = when
    session.flush()


def asked(session: Session, case: Case) -> list[str]:
    query = select(OutboxEntry).where(col(OutboxEntry.body).contains("还没收到您的进展或日报"))
    names = {person.id: name for name, person in case.people.items()}
    waiting = [row for row in session.exec(query) if row.state is OutboxState.DUE]
    return sorted(names[row.person_id or 0] for row in waiting)


def test_who_said_nothing_is_asked_privately_and_once(session: Session, case: Case, stage: Stage) -> None:
    assert run(session, jobs.REMINDER, WEDNESDAY).done
    assert asked(session, case) == ["丁凯", "高宁"]
    run(session, jobs.REMINDER, WEDNESDAY)
    assert asked(session, case) == ["丁凯", "高宁"]
    row = session.exec(select(OutboxEntry).where(OutboxEntry.person_id == case["丁凯"].id)).one()
    assert row.lane == 1
    message = chat.load_message(row.body)
    assert isinstance(message, chat.Text)
    assert [button.sentence for button in message.buttons] == ["写日报"]
    assert message.body == (
        "12月9日（周三）还没收到您的进展或日报\n一句话就行，例如：日报：T7 做了什么；明天做什么。"
    )


@pytest.mark.parametrize("words", ["日报：开协调会", "T7 查了12处", "T7 报结"])
def test_who_said_anything_is_not_asked(session: Session, case: Case, stage: Stage, words: str) -> None:
    stage.say("丁凯", words)
    if words == "T7 报结":
        stage.press("丁凯", "提交")
    run(session, jobs.REMINDER, WEDNESDAY)
    assert asked(session, case) == ["高宁"]


def test_what_was_taken_back_was_not_said(session: Session, case: Case, stage: Stage) -> None:
    stage.say("丁凯", "日报：T7查了12处")
    stage.say("丁凯", "撤回")
    run(session, jobs.REMINDER, WEDNESDAY)
    assert asked(session, case) == ["丁凯", "高宁"]


def test_the_example_names_a_matter_of_the_readers_own_that_is_due_first(
    session: Session, case: Case, stage: Stage
) -> None:
    first = session.exec(select(Obligation).join(Task).where(Task.number == 21)).one()
    first.due_at = at(12, 9, 18)
    session.flush()
    run(session, jobs.REMINDER, WEDNESDAY)
    for name, words in (("丁凯", "日报：T21 "), ("高宁", "日报：T2 ")):
        row = session.exec(select(OutboxEntry).where(OutboxEntry.person_id == case[name].id)).one()
        assert words in row.body


def test_what_was_given_today_is_not_asked_about_today(session: Session, case: Case, stage: Stage) -> None:
    given(session, at(12, 9, 9))
    run(session, jobs.REMINDER, WEDNESDAY)
    assert asked(session, case) == []
    assert people_without_log(session, date(2026, 12, 10), 0, 100).missing


def test_a_log_of_another_day_does_not_count(session: Session, case: Case, stage: Stage) -> None:
    stage.say("丁凯", "补周四的日志：走访三家企业")
    assert count_missing(session, date(2026, 12, 9)) == 2


@pytest.mark.parametrize("day", [at(12, 12, 17), at(12, 13, 17), at(10, 1, 17)])
def test_on_days_off_nobody_is_asked(session: Session, case: Case, stage: Stage, day: datetime) -> None:
    given(session, at(9, 30))
    assert run(session, jobs.REMINDER, day).done
    assert asked(session, case) == []


def test_on_a_saturday_that_is_worked_people_are_asked(session: Session, case: Case, stage: Stage) -> None:
    given(session, at(9, 30))
    run(session, jobs.REMINDER, at(10, 10, 17))
    assert asked(session, case) == ["丁凯", "高宁"]


def test_the_setting_turns_it_off(session: Session, case: Case, stage: Stage) -> None:
    run(session, jobs.REMINDER, WEDNESDAY, policy=replace(Policy(), log_reminder=False))
    assert asked(session, case) == []


def test_who_is_away_has_left_or_wants_quiet_is_not_asked(session: Session, case: Case, stage: Stage) -> None:
    session.add(
        Leave(
            person_id=case["丁凯"].id,
            starts_on=date(2026, 12, 9),
            ends_on=date(2026, 12, 9),
            created_at=at(12, 1),
        )
    )
    session.add(
        ReminderSetting(person_id=case["高宁"].id, quiet_from="16:00", quiet_to="18:00", changed_at=at(12, 1))
    )
    session.flush()
    run(session, jobs.REMINDER, WEDNESDAY)
    assert asked(session, case) == []


@pytest.mark.parametrize(
    ("now", "expected"),
    [(at(12, 9, 18), ["丁凯", "高宁"]), (at(12, 9, 21), []), (at(12, 10, 9), [])],
)
def test_made_up_for_only_on_the_same_afternoon(
    session: Session, case: Case, stage: Stage, now: datetime, expected: list[str]
) -> None:
    run(session, jobs.REMINDER, WEDNESDAY, now=now)
    assert asked(session, case) == expected


def test_filing_a_log_withdraws_a_reminder_that_has_not_gone_out(
    session: Session, case: Case, stage: Stage
) -> None:
    run(session, jobs.REMINDER, WEDNESDAY)
    stage.later(minutes=11)
    stage.say("丁凯", "日报：开协调会")
    assert asked(session, case) == ["高宁"]


def test_the_number_is_a_line_of_the_offices_next_morning_card(
    session: Session, case: Case, stage: Stage
) -> None:
    stage.say("丁凯", "日报：开协调会")
    assert run(session, jobs.COUNT, at(12, 11, 23, 30)).done
    assert run(session, jobs.COUNT, at(12, 9, 23, 30)).done
    found = session.exec(select(DigestNote).order_by(col(DigestNote.id))).all()
    of_wednesday = [note for note in found if note.text.startswith("12月9日")]
    assert {note.person_id for note in of_wednesday} == {case["陈立"].id, case["赵敏"].id}
    assert {(note.label, note.text, note.not_before) for note in found} == {
        ("日报", "12月11日（周五）2 人没交", date(2026, 12, 14)),
        ("日报", "12月9日（周三）1 人没交", date(2026, 12, 10)),
    }


def test_people_are_looked_at_some_at_a_time(session: Session, case: Case, stage: Stage) -> None:
    day, after, found, looks = date(2026, 12, 9), 0, [], 0
    while True:
        window = people_without_log(session, day, after, 2)
        found += [one.name for one in window.missing]
        looks += 1
        if window.after is None:
            break
        after = window.after
    assert sorted(found) == ["丁凯", "高宁"]
    assert looks == len(case.people) // 2 + 1
