"""The calendar of working days, against the days of 2026 that were really worked."""

from datetime import UTC, date, datetime

import pytest

from commands.calendar import SHANGHAI, Workdays, say_date, say_due

NOW = datetime(2026, 11, 23, 8, 40, tzinfo=SHANGHAI)


def test_three_working_days_after_30_september_2026_end_on_the_saturday_that_is_worked() -> None:
    assert Workdays().add(date(2026, 9, 30), 3) == date(2026, 10, 10)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
        (date(2026, 9, 20), True),
        (date(2026, 1, 4), True),
        (date(2026, 2, 28), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), True),
    ],
)
def test_days_of_2026_are_worked_as_published(day: date, worked: bool) -> None:
    assert Workdays().is_workday(day) is worked


def test_thirty_working_days_from_23_november_2026_end_provisionally_on_5_january_2027() -> None:
    calendar = Workdays()
    end = calendar.add(date(2026, 11, 23), 30)
    assert end == date(2027, 1, 5)
    assert calendar.is_provisional(date(2026, 11, 23), end)
    assert not calendar.is_provisional(date(2026, 11, 23), date(2026, 12, 31))


def test_an_override_publishes_its_year_and_wins_over_the_published_calendar() -> None:
    calendar = Workdays({date(2027, 1, 4): True, date(2027, 1, 1): False, date(2026, 11, 24): False})
    assert calendar.is_published(2027)
    assert not Workdays().is_published(2027)
    assert calendar.add(date(2026, 11, 23), 1) == date(2026, 11, 25)
    assert calendar.add(date(2026, 12, 31), 1) == date(2027, 1, 4)


def test_counting_between_two_days_is_the_inverse_of_adding() -> None:
    calendar, start = Workdays(), date(2026, 9, 18)
    for count in range(1, 40):
        assert calendar.between(start, calendar.add(start, count)) == count
        assert calendar.between(calendar.add(start, -count), start) == count + (
            calendar.is_workday(start) - calendar.is_workday(calendar.add(start, -count))
        )
    assert calendar.between(date(2026, 12, 11), date(2026, 12, 16)) == 3
    assert calendar.between(date(2026, 12, 16), date(2026, 12, 11)) == -3


def test_the_next_working_day_may_be_today_only_when_asked_for() -> None:
    calendar = Workdays()
    assert calendar.next_workday(date(2026, 11, 23)) == date(2026, 11, 24)
    assert calendar.next_workday(date(2026, 11, 23), include_today=True) == date(2026, 11, 23)
    assert calendar.next_workday(date(2026, 11, 21), include_today=True) == date(2026, 11, 23)


def test_a_calendar_without_working_days_ends_the_search() -> None:
    start = date(2026, 11, 23)
    calendar = Workdays({date.fromordinal(start.toordinal() + n): False for n in range(4000)})
    with pytest.raises(OverflowError):
        calendar.add(start, 1)


def test_a_day_is_said_with_its_weekday_and_with_the_year_only_when_it_differs() -> None:
    assert say_date(date(2026, 11, 24), now=NOW) == "11月24日（周二）"
    assert say_date(date(2027, 1, 5), now=NOW) == "2027年1月5日（周二）"
    new_year_in_shanghai = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    assert say_date(date(2027, 1, 5), now=new_year_in_shanghai) == "1月5日（周二）"


def test_a_due_time_is_said_in_shanghai_with_its_clock_time_unless_it_means_the_day() -> None:
    at = datetime(2026, 12, 10, 4, 0, tzinfo=UTC)
    assert say_due(at, "half", now=NOW) == "12月10日（周四）12:00"
    assert say_due(at, "minute", now=NOW) == "12月10日（周四）12:00"
    assert say_due(at, "day", now=NOW) == "12月10日（周四）"
