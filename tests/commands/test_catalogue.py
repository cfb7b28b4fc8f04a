"""The catalogue: every example is understood as its own command, and the manual says what it says."""

from datetime import datetime
from pathlib import Path

import pytest

from commands.calendar import SHANGHAI
from commands.catalogue import CATALOGUE
from commands.command import Command
from commands.help.manual import manual
from commands.understanding.directory import Directory, PersonName, UnitName
from commands.understanding.engine import understand

MANUAL = Path(__file__).parents[2] / "docs" / "manual.zh-CN.md"
NOW = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
UNITS = ("环保局", "城管局", "社区办", "物业协会", "消防支队", "督查室", "信息中心", "交通局")
PEOPLE = (
    "李娜",
    "高宁",
    "王磊",
    "丁凯",
    "许静",
    "秦月",
    "吴桐",
    "马昊",
    "何川",
    "陈立",
    "王五",
    "马超",
    "罗建",
)
DIRECTORY = Directory(
    [UnitName(n, name) for n, name in enumerate(UNITS, 1)],
    [PersonName(n, name, 1 + n % len(UNITS)) for n, name in enumerate(PEOPLE, 1)],
)
#: What the sentence alone does not say: a file without words, a leader's own words, a leaver's matters.
BY_CARD = frozenset({"files", "leader_words", "handover"})
EXAMPLES = [
    pytest.param(command, example, id=f"{command.name}: {example}")
    for command in CATALOGUE.by_intent.values()
    for example in command.examples
    if command.intent not in BY_CARD
]


@pytest.mark.parametrize(("command", "example"), EXAMPLES)
def test_an_example_is_understood_as_its_own_command(command: Command, example: str) -> None:
    assert understand(example, now=NOW, directory=DIRECTORY).intent == command.intent


def test_the_manual_says_what_the_catalogue_says() -> None:
    assert MANUAL.read_text("utf-8") == manual(CATALOGUE), "write it anew: make manual"
