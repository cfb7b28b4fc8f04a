"""What a 放假安排 does to time limits counted over it."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.calendar import SHANGHAI, Workdays
from commands.tasks.periods import happens_on, next_due, nominal
from commands.workdays.rules import Arrangement, Effect, Limit, arrangement, effect, runs

TODAY = date(2026, 12, 28)
NEW_YEAR = Arrangement((date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)), (date(2027, 1, 4),))


def close(day: date) -> datetime:
    return datetime.combine(day, time(18), SHANGHAI)


def limit(day: date, recurrence: str = "", *, provisional: bool = True, extended: bool = False) -> Limit:
    return Limit(4, close(day), recurrence, provisional, date(2026, 11, 23), extended)


def becomes(of: Limit, said: Arrangement = NEW_YEAR) -> Effect | None:
    days = said.days()
    return effect(of, days, Workdays(), Workdays(days), TODAY)


def test_a_count_that_comes_out_the_same_only_loses_its_mark() -> None:
    found = becomes(limit(date(2027, 1, 5)))
    assert found is not None
    assert (found.moves, found.settles, found.due_at) == (False, True, close(date(2027, 1, 5)))


def test_a_count_over_more_days_off_ends_later() -> None:
    longer = Arrangement((*NEW_YEAR.off, date(2027, 1, 4)))
    found = becomes(limit(date(2027, 1, 5)), longer)
    assert found is not None
    assert found.due_at == close(date(2027, 1, 6))
    assert found.settles


def test_a_weekly_matter_whose_day_is_off_is_put_off_to_the_next_working_day() -> None:
    found = becomes(limit(date(2027, 1, 4), "WEEKLY:FR"))
    assert found is not None
    assert (found.put_off, found.moves, found.due_at) == (True, False, close(date(2027, 1, 4)))
    longer = Arrangement((*NEW_YEAR.off, date(2027, 1, 4)))
    moved = becomes(limit(date(2027, 1, 4), "WEEKLY:FR"), longer)
    assert moved is not None
    assert moved.due_at == close(date(2027, 1, 5))


def test_a_limit_with_a_day_of_its_own_stays() -> None:
    assert becomes(limit(date(2027, 1, 5), provisional=False)) is None
    found = becomes(limit(date(2027, 1, 4), "WEEKLY:FR", extended=True, provisional=False))
    assert found is None


def test_what_is_past_is_not_counted_anew() -> None:
    assert becomes(limit(date(2026, 12, 25))) is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Arrangement(()), "没有读出"),
        (Arrangement((date(2027, 1, 1),), (date(2027, 1, 1),)), "既放假又上班"),
        (Arrangement((date(2026, 10, 1),)), "已经过去"),
        (Arrangement((date(2031, 1, 1),)), "只能写到"),
        (Arrangement(tuple(date.fromordinal(TODAY.toordinal() + n) for n in range(61))), "最多写"),
    ],
)
def test_nonsense_is_refused_and_says_why(said: Arrangement, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        said.check(TODAY)


def test_only_a_worked_weekend_day_is_made_up() -> None:
    said = arrangement(["2026-10-01", "2026-10-02"], ["2026-10-10", "2026-10-08"])
    assert said.made_up() == [date(2026, 10, 10)]
    assert NEW_YEAR.made_up() == []


def test_a_festival_gives_its_name() -> None:
    assert NEW_YEAR.name() == "元旦"
    assert Arrangement((date(2027, 2, 6),)).name() == "春节"
    assert Arrangement((date(2027, 3, 3),)).name() == "放假"


def test_days_in_a_row_are_said_together() -> None:
    days = (date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 9))
    assert runs(days) == [(date(2027, 1, 1), date(2027, 1, 2)), (date(2027, 1, 9), date(2027, 1, 9))]


# -- periods ---------------------------------------------------------------------------------------

CALENDAR = Workdays()


@pytest.mark.parametrize(
    ("rule", "last", "following"),
    [
        ("WEEKLY:FR", date(2026, 11, 27), date(2026, 12, 4)),
        ("WEEKLY:FR 10:00", date(2026, 11, 27), date(2026, 12, 4)),
        ("WEEKLY:TU,FR", date(2026, 11, 24), date(2026, 11, 27)),
        ("WEEKLY:FR", date(2026, 12, 25), date(2027, 1, 4)),  # New Year's Day is off
        ("WEEKLY:FR", date(2027, 1, 4), date(2027, 1, 8)),  # and the Friday after it is its own again
        ("WEEKLY:TH", date(2026, 9, 24), date(2026, 10, 8)),  # 10/1 is put off to 10/8, which is a Thursday
        ("WEEKLY:TH", date(2026, 10, 8), date(2026, 10, 15)),
        ("MONTHLY:25", date(2026, 9, 25), date(2026, 10, 26)),  # a Sunday
        ("MONTHLY:31", date(2026, 10, 31), date(2026, 11, 30)),
        ("MONTHLY:-1", date(2026, 11, 30), date(2026, 12, 31)),
        ("QUARTERLY:3-25", date(2026, 9, 25), date(2026, 12, 25)),
        ("QUARTERLY:-1", date(2026, 9, 30), date(2026, 12, 31)),
        ("YEARLY:12-25", date(2025, 12, 25), date(2026, 12, 25)),
        ("DAILY", date(2026, 11, 27), date(2026, 11, 30)),
        ("WORKDAY", date(2026, 11, 27), date(2026, 11, 30)),
    ],
)
def test_the_period_after(rule: str, last: date, following: date) -> None:
    assert next_due(rule, last, CALENDAR, not_before=last) == following


def test_periods_that_passed_while_nobody_ran_are_left_out() -> None:
    assert next_due("WEEKLY:FR", date(2026, 11, 27), CALENDAR, not_before=date(2026, 12, 14)) == date(
        2026, 12, 18
    )


@pytest.mark.parametrize(
    "rule", ["", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY", "SOMETIMES:1", "YEARLY:x-y"]
)
def test_a_rule_without_a_day_has_no_next_period(rule: str) -> None:
    assert next_due(rule, TODAY, CALENDAR, not_before=TODAY) is None
    assert nominal(rule, TODAY, CALENDAR) is None


@given(
    st.dates(date(2026, 1, 1), date(2027, 6, 1)), st.sampled_from(["WEEKLY:FR", "MONTHLY:15", "WEEKLY:MO,TH"])
)
def test_a_period_is_due_on_a_working_day_after_the_last_one(last: date, rule: str) -> None:
    found = next_due(rule, last, CALENDAR, not_before=last)
    assert found is not None
    assert found > last
    assert CALENDAR.is_workday(found)
    own = nominal(rule, found, CALENDAR)
    assert own is not None
    assert happens_on(rule, own, CALENDAR)
