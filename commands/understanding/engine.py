"""Text → ``Invocation``: normalise, find, match the rules, read the slots. No model, no network, no state."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from commands.calendar import Workdays
from commands.understanding import repair, suggestions
from commands.understanding.directory import Directory
from commands.understanding.intents.table import INTENTS
from commands.understanding.invocation import Demand, Invocation
from commands.understanding.matching import Match, Matcher
from commands.understanding.moments import Clock
from commands.understanding.readers.demands import as_slot, demands_of
from commands.understanding.reading import Reader, Reading, read
from commands.understanding.slots import FREE, due_of, unique_refs, written

_CALENDAR = Workdays()
_MATCHER = Matcher(INTENTS)
_SURE = 40  #: a rule of less priority reads what is left over; a misspelt verb may explain it better


def understand(
    text: str,
    *,
    now: datetime,
    directory: Directory,
    calendar: Workdays | None = None,
    quoted: bool = False,
) -> Invocation:
    """What a sentence says to the bot, seen from ``now``. ``quoted``: it answers a card or a message, so that
    a bare 同意 or 收到 means something. Never raises; what is not understood is intent ``none``.

    Raises ``ValueError`` for a naive ``now``.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    clock = Clock(now, calendar or _CALENDAR)
    reading = read(text, clock, directory)
    match = _MATCHER.match(reading, quoted)
    if match is None and (parted := repair.parted(reading.text)) != reading.text:
        second = Reader(parted, clock, directory, to_bot=reading.to_bot).reading()
        match = _MATCHER.match(second, quoted)
        reading = second if match else reading
    if match is None or match.rule.priority < _SURE:
        for fixed, typed, meant in repair.attempts(reading, only_opening=match is not None):
            repaired = Reader(fixed, clock, directory).reading()
            better = _MATCHER.match(repaired, quoted)
            if better and better.intent.name != "none" and better.rule.priority >= _SURE:
                found = _invocation(better, repaired)
                return replace(found, trace=(f"错字 {typed}: {meant}", *found.trace))
    found = _invocation(match, reading)
    return suggestions.added(found, reading) if match is None else found


def _invocation(match: Match | None, reading: Reading) -> Invocation:
    slots: dict[str, object] = {}
    ask, rest = None, reading.text
    if match is not None:
        slots = {name: written(value) for name, value in match.slots.items() if name[0] != "_"}
    if match is not None and match.intent.name != "none":
        ask = match.ask
        rest = next((str(slots[name]) for name in FREE if slots.get(name)), "")
    return Invocation(
        match.intent.name if match else "none",
        slots,
        ask,
        trace=_trace(match, reading) if match else (),
        refs=tuple(unique_refs(reading)),
        unit_ids=_unit_ids(reading),
        person_ids=tuple(dict.fromkeys(t.person.id for t in reading.of("P") if t.person)),
        due=due_of(reading),
        demands=_demands(reading, slots),
        rest=rest,
    )


def _demands(reading: Reading, slots: Mapping[str, object]) -> tuple[Demand, ...]:
    """The demands the slots name, with their times as they were read."""
    if "demands" not in slots:
        return ()
    found = [replace(demand, what=str(written(demand.what))) for demand in demands_of(reading)]
    return tuple(demand for demand in found if as_slot([demand])[0] in _list(slots["demands"]))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _unit_ids(reading: Reading) -> tuple[int, ...]:
    said = (token.unit.id for token in reading.of("U", "P") if token.unit and len(token.units) < 2)
    return tuple(dict.fromkeys(said))


def _trace(match: Match, reading: Reading) -> tuple[str, ...]:
    rule = match.cue or "形式"
    return (
        f"{match.intent.name} {match.intent.means}: {rule}",
        *(f"{t.kind} {t.text}" for t in reading.tokens),
    )
