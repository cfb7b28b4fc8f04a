"""What the bot sent of its own accord, read off the messages as the platforms showed them.

Of its own accord: sent while only the clock moved and nobody spoke.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from connectors.sandbox.journal import Entry


class Why(StrEnum):
    AHEAD = "将到期"
    TODAY = "当天"
    OVERDUE = "超期"
    SIGN = "待签收"
    RELEASE = "等您同意"
    ACCEPT = "等您确认"
    VERIFY = "等您审核"
    SPECIFY = "等您明确"
    ASKED = "商请"
    OTHER = "其他"


class Occasion(StrEnum):
    MORNING = "早间摘要"
    LOG = "日报提醒"
    SUMMARY = "周报摘要"
    FIRST_DAY = "首日签收"
    FIGURES = "协作数据"
    CALENDAR = "日历提醒"
    LETTER = "来函"  #: anything else that became due


@dataclass(frozen=True, slots=True)
class Mention:
    """One matter in a message. ``number`` 0: the row is about no matter."""

    number: int
    why: Why
    words: str = ""  #: the row's own words, where it is about no matter


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message into one direct chat."""

    day: date
    clock: time
    person: str
    unit: str
    occasion: Occasion
    title: str
    mentions: tuple[Mention, ...] = ()


_TITLES = (
    ("今日待办", Occasion.MORNING),
    ("逾期提醒", Occasion.MORNING),
    ("首日签收", Occasion.FIRST_DAY),
    ("协作数据", Occasion.FIGURES),
    ("工作日历", Occasion.CALENDAR),
    ("还没收到您的进展或日报", Occasion.LOG),
)
_KEYS = {
    "今天": Why.TODAY,
    "逾期": Why.OVERDUE,
    "待签收": Why.SIGN,
    "等您同意": Why.RELEASE,
    "等您确认": Why.ACCEPT,
    "等您审核": Why.VERIFY,
    "等您明确": Why.SPECIFY,
    "商请": Why.ASKED,
    "以后": Why.AHEAD,
    "节后": Why.AHEAD,
    "顺延": Why.AHEAD,
}
_NUMBER = re.compile(r"T(\d+)")
_ROW = re.compile(r"^([^：\s]{2,5})：(.+)$")


def read(entry: Entry, day: date, clock: time, person: str, unit: str) -> Reminder:
    """The message as its reader takes it."""
    title, rows = _parts(entry)
    occasion = _occasion(title, unit, entry)
    mentions: list[Mention] = []
    if occasion is Occasion.MORNING:
        for key, value in rows:
            mentions += _mentions(key, value)
    return Reminder(day, clock, person, unit, occasion, title, tuple(mentions))


def _parts(entry: Entry) -> tuple[str, Sequence[tuple[str, str]]]:
    if entry.card is not None and entry.card["title"]:
        return entry.card["title"], entry.card["rows"]
    # A text with buttons is shown as a card that has nothing but a remark.
    words = entry.card["remark"] if entry.card is not None else entry.text
    first, *rest = [line for line in words.splitlines() if line.strip()] or [""]
    found = [match for line in rest if (match := _ROW.match(line.strip()))]
    return first.strip("【】# *"), [(match[1], match[2]) for match in found]


def _occasion(title: str, unit: str, entry: Entry) -> Occasion:
    for words, occasion in _TITLES:
        if words in title:
            return occasion
    if title.startswith(f"{unit} ") and "月" in title:
        return Occasion.MORNING
    if title.startswith("周副市长"):
        return Occasion.SUMMARY
    return Occasion.LETTER


def _mentions(key: str, value: str) -> list[Mention]:
    why = Why.AHEAD if key.startswith("周") else _KEYS.get(key, Why.OTHER)
    numbers = list(dict.fromkeys(int(found) for found in _NUMBER.findall(value)))
    if why is Why.OTHER or not numbers:
        return [] if value == "无" else [Mention(0, Why.OTHER, f"{key}：{value}")]
    return [Mention(number, why) for number in numbers]
