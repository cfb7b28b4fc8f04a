"""Time limits as they are written in a 任务分工表, and what each unit has of it."""

from datetime import date

import pytest

from commands.calendar import SHANGHAI, Workdays
from commands.initiatives import rules
from storage.models import Grain, Part
from tests.factories import at

START = date(2026, 11, 23)
CALENDAR = Workdays()


def limit(said: str, *, starts_on: date = START, weekly_day: int | None = None) -> rules.Limit:
    return rules.limit_of(said, starts_on=starts_on, calendar=CALENDAR, weekly_day=weekly_day)


@pytest.mark.parametrize(
    ("said", "day", "provisional"),
    [
        ("启动后15个工作日", date(2026, 12, 14), False),
        ("启动后20个工作日", date(2026, 12, 21), False),
        ("启动后25个工作日内", date(2026, 12, 28), False),
        ("启动后30个工作日", date(2027, 1, 5), True),
        ("专项启动之日起15个工作日内", date(2026, 12, 14), False),
        ("15个工作日", date(2026, 12, 14), False),
        ("启动后十五个工作日", date(2026, 12, 14), False),
        ("启动后10天", date(2026, 12, 3), False),
        ("启动后两周内", date(2026, 12, 7), False),
        ("启动后3个月内", date(2027, 2, 23), False),
        ("12月14日前", date(2026, 12, 14), False),
        ("2026年12月14日", date(2026, 12, 14), False),
        ("2026-12-14", date(2026, 12, 14), False),
        ("12月底前", date(2026, 12, 31), False),
        ("2027年3月底", date(2027, 3, 31), False),
    ],
)
def test_a_limit_is_counted_from_the_start(said: str, day: date, provisional: bool) -> None:
    found = limit(said)
    assert found.at is not None
    assert found.at == at(day.month, day.day, 18, year=day.year)
    assert (found.grain, found.recurrence, found.provisional) == (Grain.DAY, "", provisional)


@pytest.mark.parametrize(
    ("said", "rule", "first"),
    [
        ("每周五", "WEEKLY:FR", at(11, 27, 18)),
        ("每周一", "WEEKLY:MO", at(11, 30, 18)),
        ("每周三上午", "WEEKLY:WE", at(11, 25, 12)),
        ("每月25日", "MONTHLY:25", at(11, 25, 18)),
        ("每个工作日", "WORKDAY", at(11, 24, 18)),
    ],
)
def test_a_recurring_matter_is_due_for_the_first_time_after_the_start(
    said: str, rule: str, first: object
) -> None:
    found = limit(said)
    assert (found.recurrence, found.at) == (rule, first)


@pytest.mark.parametrize("said", ["每周", "每星期", "每周一次"])
def test_every_week_without_a_day_has_to_be_asked(said: str) -> None:
    assert limit(said) == rules.Limit(None, recurrence=rules.WEEKLY)
    answered = limit(said, weekly_day=4)
    assert (answered.at, answered.recurrence) == (at(11, 27, 18), "WEEKLY:FR")


@pytest.mark.parametrize("day", range(7))
def test_the_first_week_is_never_the_start_day_itself(day: int) -> None:
    found = rules.weekly(day, starts_on=date(2026, 11, 23), calendar=CALENDAR)
    assert found.at is not None
    first = found.at.astimezone(SHANGHAI).date()
    assert 0 < (first - START).days <= 7 + 2
    assert CALENDAR.is_workday(first)


def test_a_first_week_on_a_holiday_moves_to_the_next_working_day() -> None:
    found = rules.weekly(4, starts_on=date(2026, 9, 28), calendar=CALENDAR)
    assert found.at == at(10, 8, 18)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "没有填写"),
        ("长期", "写的是“长期”，读不出日期"),
        ("尽快", "写的是“尽快”，读不出日期"),
        ("每月", "写的是“每月”，要写明哪一天，例如“每月25日”"),
        ("2026年11月20日前", "写的是“2026年11月20日前”，早于启动日"),
        ("2月30日", "写的是“2月30日”，读不出日期"),
        ("12月1日；12月20日", "有不止一个日期"),
    ],
)
def test_a_limit_that_cannot_be_read_is_said(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        limit(said)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", ""),
        ("WEEKLY:FR", "每周五"),
        ("WEEKLY:MO,TH", "每周一、四"),
        ("WEEKLY:FR 15:00", "每周五15:00"),
        ("MONTHLY:25", "每月25日"),
        ("MONTHLY:-1", "每月底"),
        ("QUARTERLY:-1", "每季度末"),
        ("QUARTERLY:3-25", "每季度第3个月25日"),
        ("YEARLY:12-25", "每年12月25日"),
        ("WORKDAY", "每个工作日"),
    ],
)
def test_recurrence_is_said_in_words(rule: str, said: str) -> None:
    assert rules.say_every(rule) == said


def test_acknowledgement_is_due_on_the_next_working_day() -> None:
    assert rules.acknowledge_by(at(11, 23, 9, 5), CALENDAR) == at(11, 24, 18)
    assert rules.acknowledge_by(at(11, 27, 22), CALENDAR) == at(11, 30, 18)
    assert rules.acknowledge_by(at(9, 30, 10), CALENDAR) == at(10, 8, 18)


def test_a_share_says_what_fits() -> None:
    share = rules.Share(1, (4,), (1, 2, 3, 5, 6, 7, 8))
    assert share.says() == "牵头 T4，配合 T1 T2 T3 T5 T6 T7 T8"
    assert share.says(within=26) == "牵头 T4，配合 T1-T3 T5-T8"
    assert share.says(within=16) == "牵头 1 项，配合 7 项"


def test_shares_follow_the_official_order_and_leave_out_who_has_nothing() -> None:
    parts = [(2, Part.COOPERATE, 9), (1, Part.LEAD, 9), (2, Part.LEAD, 5)]
    assert rules.shares(parts, [5, 7, 9]) == [rules.Share(5, (2,), ()), rules.Share(9, (1,), (2,))]


@pytest.mark.parametrize(
    ("of", "longest", "shown"),
    [
        ([1, 2, 3], 14, "T1 T2 T3"),
        ([1, 2, 3, 5, 9, 10, 11], 17, "T1 T2 T3 T5 等 7 项"),
        ([1, 2, 3, 5, 9, 10, 11], 16, "T1 T2 T3 等 7 项"),
        ([1111, 2222], 8, "2 项"),
    ],
)
def test_numbers_that_do_not_fit_are_left_out_whole_and_counted(
    of: list[int], longest: int, shown: str
) -> None:
    assert rules.numbers_within(of, longest) == shown
    assert len(shown) <= longest
