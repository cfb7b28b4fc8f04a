"""The simulated weeks: a short run is right, shows why it reminded, and is the same again; and each check
finds what it is there to find."""

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.simulation import checks, days
from bot.simulation.checks import Standing, Told
from bot.simulation.ledger import Ledger, Matter
from bot.simulation.simulate import concluded, simulate
from bot.simulation.watching import Mention, Occasion, Reminder, Why
from bot.simulation.weeks import Outcome

FRIDAY = date(2026, 11, 27)
MATTER = Matter(1, 7, "城管局", FRIDAY)
CARD = Reminder(FRIDAY, time(8, 35), "丁凯", "城管局", Occasion.MORNING, "今日待办", (Mention(7, Why.TODAY),))


async def test_two_weeks_are_right_and_the_first_of_them_is_the_same_again(tmp_path: Path) -> None:
    lines: list[str] = []
    assert await simulate(tmp_path / "two", seed=7, weeks=2, show=lines.append)
    assert sum(line.startswith("通过") for line in lines) == 4
    for why in (" 当天", " T-1", " 待签收", "超期+1", "超期+3", "日报提醒"):
        assert any(why in line for line in lines), why

    assert not any(line.endswith("：") for line in lines)  # every message was read
    for name in ("丁凯", "秦月", "高宁", "吴桐"):  # of all three platforms
        assert any(f" {name} 早间摘要" in line for line in lines), name

    again: list[str] = []
    assert await simulate(tmp_path / "one", seed=7, weeks=1, show=again.append)
    week = again[: again.index("—— 结果 ——")]
    assert len(week) > 20
    assert lines[: len(week)] == week


def known(*, handed_in: bool) -> Ledger:
    ledger = Ledger(matters={1: MATTER})
    if handed_in:
        ledger.hand_in("丁凯", MATTER, "罗建")
    return ledger


def test_who_handed_in_must_not_be_reminded_of_that_matter() -> None:
    assert known(handed_in=False).needless(CARD) == ()
    needless = known(handed_in=True).needless(CARD)
    assert needless == ("T7 当天，已办",)
    assert checks.after_acting([Told(CARD)]).wrong == ()
    assert checks.after_acting([Told(CARD, needless)]).wrong == (
        "11-27 08:35 城管局 丁凯 早间摘要：T7 当天，已办",
    )


def test_the_liaison_may_hear_of_it_until_it_has_left_the_unit() -> None:
    door = replace(CARD, person="王磊")
    ledger = known(handed_in=True)
    assert ledger.needless(door) == ()
    ledger.release(MATTER, "督查室")
    assert ledger.needless(door) == ("T7 当天，已办",)
    ledger.decide(MATTER, again=True)
    assert ledger.needless(CARD) == ()


def test_heads_and_the_office_are_not_asked_again_for_what_they_decided() -> None:
    ledger = known(handed_in=True)
    head = replace(CARD, person="罗建", mentions=(Mention(7, Why.RELEASE),))
    office = replace(CARD, person="陈立", unit="督查室", mentions=(Mention(7, Why.VERIFY),))
    assert ledger.needless(head) == ()
    ledger.release(MATTER, "督查室")
    assert ledger.needless(head) == ("T7 等您同意，已办",)
    assert ledger.needless(office) == ()
    ledger.decide(MATTER, again=False)
    assert ledger.needless(office) == ("T7 等您审核，已办",)


def test_who_answered_another_unit_is_not_asked_again() -> None:
    asked = replace(CARD, person="王磊", mentions=(Mention(9, Why.ASKED),))
    ledger = Ledger(asked={(9, "城管局")})
    assert ledger.needless(asked) == ()
    ledger.asked.clear()
    assert ledger.needless(asked) == ("T9 商请，已办",)


def test_a_log_progress_or_leave_makes_a_word_needless() -> None:
    asked = replace(CARD, occasion=Occasion.LOG, mentions=())
    ledger = known(handed_in=False)
    assert ledger.needless(asked) == ()
    ledger.tell_progress("丁凯", 7, FRIDAY)
    assert ledger.needless(asked) == ("已交日报或进展",)
    ledger.away["丁凯"] = frozenset({FRIDAY})
    assert ledger.needless(CARD) == ("本人请假，有人代",)


@pytest.mark.parametrize("day", [date(2026, 11, 28), date(2027, 1, 1), date(2027, 2, 6), date(2027, 2, 11)])
def test_a_message_on_a_day_off_is_found(day: date) -> None:
    assert len(checks.on_days_off([Told(replace(CARD, day=day))]).wrong) == 1


@pytest.mark.parametrize("day", [FRIDAY, date(2027, 1, 4), date(2027, 2, 12), date(2027, 2, 13)])
def test_a_worked_saturday_is_no_day_off(day: date) -> None:
    assert checks.on_days_off([Told(replace(CARD, day=day))]).wrong == ()


def test_working_days_are_counted_over_the_days_off() -> None:
    assert days.add(date(2027, 2, 4), 1) == date(2027, 2, 12)
    assert days.between(date(2027, 2, 4), date(2027, 2, 15)) == 3


def test_a_third_message_of_a_day_is_found() -> None:
    two = [Told(CARD), Told(replace(CARD, occasion=Occasion.LOG))]
    assert checks.too_many(two).wrong == ()
    assert checks.too_many([*two, Told(CARD)]).wrong == ("11-27 丁凯 3 条",)


def test_figures_in_another_order_than_the_seeded_one_are_found() -> None:
    right = [Standing("城管局", 80.0, "A"), Standing("环保局", 70.0, "A")]
    assert checks.as_seeded({1: right}, ("城管局", "环保局"), 1).wrong == ()
    assert checks.as_seeded({1: right}, ("环保局", "城管局"), 1).wrong
    lower = [Standing("城管局", 80.0, "B"), Standing("环保局", 70.0, "A")]
    assert checks.as_seeded({1: lower}, ("城管局", "环保局"), 1).wrong
    few = [replace(right[0], band=""), right[1]]
    assert checks.as_seeded({1: few}, ("城管局", "环保局"), 1).wrong == ("第 1 期只排了 1 家",)
    assert checks.as_seeded({}, ("城管局", "环保局"), 1).wrong == ("应公布 1 期，只有 0 期",)


def test_a_failed_check_is_said_and_fails_the_run() -> None:
    lines: list[str] = []
    assert not concluded(Outcome(told=[Told(replace(CARD, day=date(2026, 11, 28)))]), 1, lines.append)
    assert "不通过  休息日没有提醒" in lines
    assert "        11-28 08:35 城管局 丁凯 早间摘要" in lines


def test_the_console_takes_no_more_weeks_than_it_knows_the_days_off_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", "--weeks", "13"])
    assert stopped.value.code == 2
    assert "from 1 to 12" in capsys.readouterr().err
