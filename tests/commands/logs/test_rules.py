"""What a log says of which matter."""

from datetime import date

import pytest

from commands.logs import cards, rules
from connectors.chat import MAX_VALUE, Text
from storage.models import LogKind
from tests.factories import at


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("T7查了12处、劝导9起", "查了12处、劝导9起"),
        ("补T1材料", "补材料"),
        ("T7、T21都查了", "都查了"),
        ("T12.2 报了数", "报了数"),
        ("滞后1项（T47）", "滞后1项"),
        ("T15", ""),
        ("开协调会", "开协调会"),
    ],
)
def test_numbers_are_taken_out_of_the_words(text: str, bare: str) -> None:
    assert rules.without_refs(text) == bare


def test_what_is_said_of_several_matters_is_said_of_each() -> None:
    assert rules.by_task(["T7、T21都查了", "T7劝导9起", "T33"]) == {
        (7, None): "都查了；劝导9起",
        (21, None): "都查了",
    }


@pytest.mark.parametrize(
    ("text", "percent"), [("完成60%", 60), ("120%", None), ("查了60处", None), ("100％", 100)]
)
def test_a_percent_is_read_where_it_can_be_one(text: str, percent: int | None) -> None:
    assert rules.percent_in(text) == percent


@pytest.mark.parametrize(
    ("kind", "start"),
    [(LogKind.DAY, date(2026, 12, 9)), (LogKind.WEEK, date(2026, 12, 7)), (LogKind.MONTH, date(2026, 12, 1))],
)
def test_a_period_begins_on_its_first_day(kind: LogKind, start: date) -> None:
    assert rules.period_start(kind, date(2026, 12, 9)) == start


def test_many_units_without_a_log_are_counted_past_the_twentieth() -> None:
    found = {f"第{n}街道办事处": ["甲", "乙", "丙", "丁"] for n in range(30)}
    shown = cards.missing(found, date(2026, 12, 9), now=at(12, 9, 18))
    assert isinstance(shown, Text)
    assert "第0街道办事处：4 人，甲、乙、丙等" in shown.body
    assert "另有 10 个单位" in shown.body


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("查了12处、劝导9起", "检查 12 处，劝导 9 起"),
        ("查12处；劝导9起", "检查 12 处；劝导 9 起"),
        ("北门12处、南门3处", "北门 12 处，南门 3 处"),
        ("清运1.5吨", "清运 1.5 吨"),
        ("审查了12处", "审查了 12 处"),
        ("查了3起案子", "查了 3 起案子"),
        ("清了六条巷", "清了六条巷"),
        ("11月23日下午3点去12、13号楼", "11月23日下午3点去12、13号楼"),
        ("抽查A12处和12-15处，完成60%", "抽查A12处和12-15处，完成60%"),
        ("上门12户、8户没人", "上门 12 户、8 户没人"),
    ],
)
def test_figures_are_shown_apart_and_nothing_else_changes(said: str, shown: str) -> None:
    assert cards.tidied(said) == shown


def test_what_would_not_fit_a_row_is_shown_as_it_was_said() -> None:
    said = "查了12处、劝导9起，处罚3起，发放告知书30份"
    assert len(said) <= MAX_VALUE
    assert cards.tidied(said) == said
