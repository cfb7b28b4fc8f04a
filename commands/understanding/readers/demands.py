"""分解, 明确配合: which unit gives what, by when, clause by clause."""

import re
from collections.abc import Sequence

from commands.understanding.invocation import Demand
from commands.understanding.readers.titles import trim_title
from commands.understanding.reading import CODE, Reading
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import joined, tidy


def as_slot(demands: Sequence[Demand]) -> list[dict[str, object]]:
    return [
        {"dept_id": d.unit_id, "deadline": d.due.at.isoformat() if d.due else None, "what": d.what}
        for d in demands
    ]


def demands_of(reading: Reading, start: int = 0) -> list[Demand]:
    """One demand for each unit: the time and the words that follow it, up to the next unit's clause."""
    flat = reading.flat
    found: list[Demand] = []
    for at, end in _clauses(flat, start):
        tokens = reading.tokens_in(at, end)
        unit = next(
            (token for token in tokens if token.kind == "U" or (token.kind == "P" and token.unit)), None
        )
        if unit is None or unit.unit is None:
            continue
        when = next((token for token in tokens if token.kind == "W"), None)
        drop = [token for token in tokens if token is unit or token is when or token.kind in "TDRCVM"]
        what = trim_title(tidy(reading.without(drop, at, end)))
        what = re.sub(
            r"^(?:请|先|在|于|要|需|前|给|报|提供|交|出|[(:,]|\d[.、])+ ?", "", what.strip("() ")
        ).strip(" ()")
        found.append(Demand(unit.unit.id, when.when.due if when and when.when else None, joined(what)))
    return found


_SPLIT = re.compile(r"[,;。\n]|(?<=[^\d.])(?=\d{1,2}[.、](?!\d))")


def _clauses(flat: str, start: int) -> list[tuple[int, int]]:
    """Places of clauses, each with a unit: a clause without one belongs to the clause before."""
    places: list[tuple[int, int]] = []
    at = start
    for end in (*(match.start() for match in _SPLIT.finditer(flat, start)), len(flat)):
        if places and CODE["U"] not in flat[at:end] and CODE["P"] not in flat[at:end]:
            places[-1] = (places[-1][0], end)
        elif end > at:
            places.append((at, end))
        at = end + 1
    return places


def specify(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    demands = demands_of(reading)
    if not demands:
        return NOT_THIS if "U" in hit.rule.needs else "demands"
    slots["demands"] = as_slot(demands)
    if any(demand.due is None or demand.due.past for demand in demands):
        return "deadline"
    return None


def decompose(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    demands = demands_of(reading, hit.cue[1])
    if not demands:
        return "dept"
    slots["demands"] = as_slot(demands)
    return "deadline" if any(demand.due is None for demand in demands) else None
