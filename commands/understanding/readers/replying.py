"""Slots of what the other side says to a request."""

import re

from commands.understanding.numbers import read_number
from commands.understanding.readers.resources import COUNT, period
from commands.understanding.reading import Reading
from commands.understanding.rule import Hit
from commands.understanding.slots import tidy

_BUT = re.compile(r"^(?:但是?|不过|前提是?|条件是?)")


def answer(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """The condition, or why not."""
    note = tidy(_BUT.sub("", tidy(reading.without(reading.of("T"), cut=hit.cuts()))))
    if note:
        slots["note"] = note
    return None


def material(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    note = tidy(reading.without(reading.of("T"), cut=[hit.match.span()] if hit.match else []))
    if note:
        slots["note"] = note
    return None


def change(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """How many now, or when."""
    count = COUNT.search(reading.flat, hit.cue[1])
    number = read_number(count["n"]) if count else None
    if count and number is not None:
        slots["quantity"], slots["unit"] = number, count["unit"]
    period(reading, slots)
    return None if {"quantity", "period_start"} & slots.keys() else "quantity"
