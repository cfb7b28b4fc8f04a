"""Working hours, figures and periods."""

from datetime import date, datetime, timedelta

import pytest

from commands.calendar import Workdays
from commands.requests import rules
from storage.models import ResourceKind
from tests.factories import at

CALENDAR = Workdays()


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (at(12, 9, 9, 30), 8, at(12, 10, 9, 30)),
        (at(12, 9, 9, 30), 2, at(12, 9, 11, 30)),
        (at(12, 9, 11), 2, at(12, 9, 14)),
        (at(12, 9, 12, 30), 1, at(12, 9, 14)),
        (at(12, 9, 20), 1, at(12, 10, 10)),
        (at(12, 11, 17), 2, at(12, 14, 10)),
        (at(12, 12, 10), 8, at(12, 14, 18)),
        (at(12, 9, 6), 3, at(12, 9, 12)),
        (at(9, 30, 17), 2, at(10, 8, 10)),
    ],
)
def test_time_limits_run_in_working_hours_only(start: datetime, hours: int, end: datetime) -> None:
    assert rules.after_hours(start, hours, CALENDAR) == end
    assert rules.worked(start, end, CALENDAR) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(5, "5 分钟"), (60, "1 小时"), (90, "1.5 小时"), (600, "10 小时"), (6000, "100 小时")],
)
def test_working_time_is_said_shortly(minutes: int, said: str) -> None:
    assert rules.say_worked(timedelta(minutes=minutes)) == said


@pytest.mark.parametrize(
    ("quantity", "figures"), [(2, "2"), (35000, "35000"), (1.5, "1.5"), (1234567.0, "1234567")]
)
def test_quantities_are_plain_figures(quantity: object, figures: str) -> None:
    assert rules.figures(quantity) == figures


def test_a_period_is_said_with_its_ends() -> None:
    now = at(12, 9)
    assert rules.say_period(None, None, now=now) == "未写"
    assert rules.say_period(date(2026, 12, 10), date(2026, 12, 10), now=now) == "12月10日（周四）"
    both = rules.say_period(date(2026, 12, 15), date(2026, 12, 17), now=now)
    assert both == "12月15日—12月17日（周四）"


def test_kinds_and_settings_have_defaults() -> None:
    assert rules.kind_of("执法车") is ResourceKind.VEHICLE
    assert rules.kind_of("经费") is ResourceKind.MONEY
    assert rules.kind_of("发电机") is ResourceKind.EQUIPMENT
    assert rules.hours({}) == rules.hours({"request_hours": "many"}) == 8
    assert rules.hours({"request_hours": 4}) == 4
    assert not rules.is_parallel({})
