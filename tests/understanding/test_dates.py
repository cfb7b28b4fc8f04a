"""What said dates mean on Saturday 2026-11-21 at 10:00 in Shanghai; and that what we print we read back."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.calendar import SHANGHAI, Workdays, say_date, say_due
from commands.understanding.moments import Clock, When
from commands.understanding.normalise import normalise

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=SHANGHAI)


def said(text: str, now: datetime = NOW) -> list[When]:
    return Clock(now, Workdays()).find(normalise(text))


@pytest.mark.parametrize(
    ("text", "moment", "grain"),
    [
        ("下班前", "2026-11-21 18:00", "half"),
        ("明天下班前", "2026-11-22 18:00", "half"),
        ("明儿上午", "2026-11-22 12:00", "half"),
        ("今晚9点前", "2026-11-21 21:00", "minute"),
        ("明晚", "2026-11-22 21:00", "half"),
        ("后天", "2026-11-23 18:00", "day"),
        ("月底", "2026-11-30 18:00", "day"),
        ("下月底前", "2026-12-31 18:00", "day"),
        ("年底前", "2026-12-31 18:00", "day"),
        ("周五", "2026-11-27 18:00", "day"),
        ("星期天", "2026-11-22 18:00", "day"),
        ("下周五", "2026-11-27 18:00", "day"),
        ("下下周五", "2026-12-04 18:00", "day"),
        ("这个周末", "2026-11-22 18:00", "day"),
        ("25号", "2026-11-25 18:00", "day"),
        ("10号前", "2026-12-10 18:00", "day"),
        ("31号前", "2026-12-31 18:00", "day"),
        ("本月28日", "2026-11-28 18:00", "day"),
        ("下个月3号", "2026-12-03 18:00", "day"),
        ("十二月二十日前", "2026-12-20 18:00", "day"),
        ("１２月８日", "2026-12-08 18:00", "day"),
        ("1月5日", "2027-01-05 18:00", "day"),
        ("2026-12-01", "2026-12-01 18:00", "day"),
        ("12/3", "2026-12-03 18:00", "day"),
        ("三天内", "2026-11-24 18:00", "day"),
        ("五个工作日内", "2026-11-27 18:00", "day"),
        ("48小时内", "2026-11-23 10:00", "minute"),
        ("半小时内", "2026-11-21 10:30", "minute"),
        ("两周内", "2026-12-05 18:00", "day"),
        ("一个月内", "2026-12-21 18:00", "day"),
        ("国庆前", "2027-09-30 18:00", "day"),
        ("元旦前", "2026-12-31 18:00", "day"),
        ("春节前", "2027-02-05 18:00", "day"),
        ("一季度结束前", "2027-03-31 18:00", "day"),
        ("本周内", "2026-11-22 18:00", "day"),
        ("11月24号中午12点截止", "2026-11-24 12:00", "minute"),
        ("周三下午三点半", "2026-11-25 15:30", "minute"),
        ("周五三点前", "2026-11-27 15:00", "minute"),
        ("周五凌晨三点", "2026-11-27 03:00", "minute"),
        ("周五03:00", "2026-11-27 03:00", "minute"),
        ("7日内", "2026-11-28 18:00", "day"),
        ("7日前", "2026-12-07 18:00", "day"),
        ("年前", "2027-02-05 18:00", "day"),
        ("晚上12点", "2026-11-22 00:00", "minute"),
        ("周三（11月25日）18:00", "2026-11-25 18:00", "minute"),
    ],
)
def test_a_date_means_the_moment_people_mean(text: str, moment: str, grain: str) -> None:
    (when,) = said(text)
    assert when.due is not None
    assert f"{when.due.at:%Y-%m-%d %H:%M}" == moment
    assert (when.due.grain, when.due.past) == (grain, False)


@pytest.mark.parametrize(
    "text", ["本周五18点", "昨天", "今天上午9点", "11月3日前", "上周三", "2026年10月1日"]
)
def test_a_date_that_is_over_is_marked_past(text: str) -> None:
    (when,) = said(text)
    assert when.due is not None
    assert when.due.past


@pytest.mark.parametrize(
    "text",
    [
        "2月30日",
        "11月31号前",
        "11月27日（周一）",
        "周三（11月26日）",
        "12月3日25点",
        "32号前",
        "下月初",
        "近期",
        "腊月前",
        "半天内",
    ],
)
def test_what_cannot_be_or_contradicts_itself_has_no_moment(text: str) -> None:
    assert all(when.due is None for when in said(text) if when.named)


@pytest.mark.parametrize(
    "text",
    [
        "12号楼",
        "5号线",
        "一点问题",
        "说两点",
        "3.5万",
        "第3项",
        "1.2.3版",
        "周报",
        "两台",
        "同时",
        "四经普",
        "本周的事",
        "快一点",
    ],
)
def test_words_that_only_look_like_dates_are_none(text: str) -> None:
    assert all(when.due is None for when in said(text))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("24号到27号", "2026-11-24", "2026-11-27"),
        ("24-27号", "2026-11-24", "2026-11-27"),
        ("下周二至周四", "2026-11-24", "2026-11-26"),
        ("11月24日至27日", "2026-11-24", "2026-11-27"),
        ("11月28日到12月3日", "2026-11-28", "2026-12-03"),
        ("2027年1月1日到3日", "2027-01-01", "2027-01-03"),
        ("周六至周日", "2026-11-21", "2026-11-22"),
    ],
)
def test_a_range_has_both_ends(text: str, first: str, last: str) -> None:
    (when,) = said(text)
    assert (str(when.since), str(when.day)) == (first, last)


@pytest.mark.parametrize(
    ("text", "rule", "moment"),
    [
        ("每周三下午3点", "WEEKLY:WE 15:00", "2026-11-25 15:00"),
        ("每周一、周四", "WEEKLY:MO,TH", "2026-11-23 18:00"),
        ("每天17点前", "DAILY 17:00", "2026-11-21 17:00"),
        ("每天早上8:30", "DAILY 08:30", "2026-11-22 08:30"),
        ("每个工作日9点前", "WORKDAY 09:00", "2026-11-23 09:00"),
        ("每月25号", "MONTHLY:25", "2026-11-25 18:00"),
        ("每月底", "MONTHLY:-1", "2026-11-30 18:00"),
        ("每季度末月25号", "QUARTERLY:3-25", "2026-12-25 18:00"),
        ("每季度末", "QUARTERLY:-1", "2026-12-31 18:00"),
        ("每年3月15日", "YEARLY:3-15", "2027-03-15 18:00"),
    ],
)
def test_a_recurrence_is_a_rule_and_its_first_moment(text: str, rule: str, moment: str) -> None:
    (when,) = said(text)
    assert when.due is not None
    assert (when.due.recurrence, f"{when.due.at:%Y-%m-%d %H:%M}") == (rule, moment)


def test_a_recurrence_without_a_day_has_no_moment_so_that_the_bot_asks() -> None:
    (when,) = said("每周")
    assert (when.due, when.period) == (None, "WEEKLY")


@pytest.mark.parametrize(
    ("text", "iso"),
    [("两天", "P2D"), ("三个工作日", "P3D"), ("一周", "P1W"), ("半个月", "P0.5M"), ("两小时", "PT2H")],
)
def test_a_length_of_time_alone_is_no_moment(text: str, iso: str) -> None:
    (when,) = said(text)
    assert when.due is None
    assert when.length is not None
    assert when.length.iso() == iso


def test_three_working_days_count_the_saturday_that_is_worked() -> None:
    (when,) = said("三个工作日内", datetime(2026, 9, 30, 15, 0, tzinfo=SHANGHAI))
    assert when.day == date(2026, 10, 10)


def test_working_days_into_a_year_without_a_calendar_are_provisional() -> None:
    (when,) = said("30个工作日内", datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI))
    assert when.due is not None
    assert (when.day, when.due.provisional) == (date(2027, 1, 5), True)


def test_a_festival_beyond_the_almanac_is_not_guessed() -> None:
    assert said("春节前", datetime(2045, 3, 1, 9, 0, tzinfo=SHANGHAI))[0].due is None


def test_the_same_words_look_back_for_a_log() -> None:
    assert said("周四")[0].recent == date(2026, 11, 19)
    assert said("11.20")[0].recent == date(2026, 11, 20)


MOMENTS = st.integers(0, 13 * 366 * 1440).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


@given(MOMENTS, st.integers(0, 180), st.integers(0, 1439))
def test_a_due_time_as_printed_reads_back_to_the_same_instant(now: datetime, days: int, minute: int) -> None:
    day = now.date() + timedelta(days=days)
    at = datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(minutes=minute)
    (when,) = said(say_due(at, "minute", now=now), now)
    assert when.due is not None
    assert (when.due.at, when.due.grain) == (at, "minute")


@given(MOMENTS, st.integers(-80, 270))
def test_a_day_as_printed_reads_back_to_the_same_day(now: datetime, days: int) -> None:
    day = now.date() + timedelta(days=days)
    (when,) = said(say_date(day, now=now), now)
    assert when.day == day


@given(MOMENTS, st.integers(0, 600))
def test_days_said_in_numbers_read_in_any_script(now: datetime, days: int) -> None:
    day = now.date() + timedelta(days=days)
    wide = f"{day.year}年{day.month}月{day.day}日".translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert said(wide, now)[0].day == said(f"{day:%Y-%m-%d}", now)[0].day == day
