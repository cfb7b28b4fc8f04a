"""From when to when somebody is away, and who stands in."""

import re
from datetime import date, timedelta

from commands.understanding.moments import Length, When
from commands.understanding.reading import CODE, Reading
from commands.understanding.rule import Hit

_UNTIL = re.compile(f"(?:到|至|直到){CODE['W']}|{CODE['W']}(?:为止|回来上班|上班)")
_FROM = re.compile(f"(?:从|自){CODE['W']}|{CODE['W']}(?:起|开始)")
_DAYS = {"day": 1, "workday": 1, "week": 7, "month": 30}


def leave(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """``since`` and ``until`` as days, both worked out here; asks when no end was said."""
    if slots.get("kind") == "back":
        return None
    today = reading.today
    whens = [token.when for token in reading.of("W") if token.when and token.when.day]
    length = next((token.when.length for token in reading.of("L") if token.when and token.when.length), None)
    since, until = _span(reading, whens, length, today)
    if until is None:
        return "until"
    slots["since"], slots["until"] = since.isoformat(), until.isoformat()
    return None


def _span(
    reading: Reading, whens: list[When], length: Length | None, today: date
) -> tuple[date, date | None]:
    if not whens:
        return today, _after(today, length)
    first, last = whens[0], whens[-1]
    assert first.day is not None and last.day is not None  # noqa: S101, PT018 - the caller left those out
    if len(whens) == 1:
        if first.since is not None:
            return first.since, first.day
        if length is not None:
            return first.day, _after(first.day, length)
        if first.limit or _UNTIL.search(reading.flat):
            return today, first.day
        if first.after or _FROM.search(reading.flat):
            return first.day, None
        return first.day, first.day
    return first.since or first.day, last.day


def _after(start: date, length: Length | None) -> date | None:
    """The last day of so many days; half a day is the day."""
    if length is None or length.unit not in _DAYS:
        return None
    days = max(1, round(length.count * _DAYS[length.unit]))
    return start + timedelta(days=days - 1)
