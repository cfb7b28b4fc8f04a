"""A matter with several open periods on the morning card: one entry a row."""

from dataclasses import replace

import pytest

from commands.calendar import Workdays
from commands.reminders.cards import Item, Morning, morning
from commands.reminders.rules import Kind
from connectors.chat import Card
from tests.factories import at

NOW = at(12, 23, 8, 35)
DONE_BY = at(12, 11, 18)
ITEM = Item("T7", "执法检查", "城管局", "丁凯", frozenset({Kind.OVERDUE}), mine=True, due_at=DONE_BY, late=8)


def rows(*items: Item, unit: str = "", home: str = "城管局") -> list[tuple[str, str]]:
    shown = morning(Morning(items, (), NOW, Workdays(), unit, home))
    assert isinstance(shown, Card)
    return [(row.key, row.value) for row in shown.rows]


def kind(item: Item, *kinds: Kind, **changed: object) -> Item:
    return replace(item, kinds=frozenset(kinds), **changed)  # type: ignore[arg-type]


SECOND = replace(ITEM, due_at=at(12, 18, 18), late=3)


def test_the_longest_late_period_speaks_for_the_others() -> None:
    assert rows(ITEM, SECOND) == [("逾期", "T7 执法检查，8 个工作日（2 期）")]


def test_what_is_due_today_and_what_is_late_of_one_matter_are_two_rows() -> None:
    today = kind(ITEM, Kind.TODAY, due_at=at(12, 23, 18), late=0)
    assert rows(ITEM, SECOND, today) == [("今天", "T7 执法检查"), ("逾期", "T7 执法检查，8 个工作日（2 期）")]


def test_a_head_reads_of_it_once() -> None:
    escalated = [kind(one, Kind.ESCALATED_HEAD, mine=False) for one in (ITEM, SECOND)]
    assert rows(*escalated) == [("逾期", "T7 执法检查，逾期 8 个工作日（2 期）")]
    assert rows(*escalated, home="督查室") == [("逾期", "T7 城管局 执法检查，逾期 8 个工作日（2 期）")]


def test_a_unit_s_door_reads_of_it_once() -> None:
    late = [kind(one, Kind.UNIT_OVERDUE, mine=False) for one in (ITEM, SECOND)]
    assert rows(*late, unit="城管局") == [("今天", "无"), ("逾期", "T7 丁凯（2 期）")]


@pytest.mark.parametrize(
    ("waits", "row"),
    [
        (Kind.ACCEPT, ("等您确认", "T7 城管局（2 期）")),
        (Kind.SPECIFY, ("等您明确", "T7 城管局（2 期）")),
        (Kind.VERIFY, ("等您审核", "T7 城管局（2 期）")),
        (Kind.RELEASE, ("等您同意", "T7 城管局（2 期）")),
        (Kind.TAKE_OVER, ("等您接收", "T7（2 期）")),
    ],
)
def test_what_waits_for_somebody_is_said_once(waits: Kind, row: tuple[str, str]) -> None:
    assert rows(*(kind(one, waits, mine=False) for one in (ITEM, SECOND)), home="环保局") == [row]


def test_the_first_limit_to_sign_counts() -> None:
    first = kind(ITEM, Kind.SIGN, mine=False, sign_by=at(12, 24).date())
    second = kind(SECOND, Kind.SIGN, mine=False, sign_by=at(12, 25).date())
    assert ("待签收", "T7，12月24日（周四）到时") in rows(first, second)


def test_many_matters_are_counted_and_not_their_periods() -> None:
    periods = [kind(ITEM, Kind.VERIFY, ref=f"T{n}", mine=False) for n in range(10, 30) for _ in range(3)]
    ((_, value),) = rows(*periods)
    assert value.endswith("等 20 项")
