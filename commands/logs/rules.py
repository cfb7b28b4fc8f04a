"""What a log says of which matter. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commands.calendar import SHANGHAI
from storage.models import LogKind

_REF = re.compile(r"[TtＴ]\s?(\d{1,9})(?:\.(\d{1,3}))?")
_CLAUSE = re.compile(r"[;；。\n]")
_PERCENT = re.compile(r"(\d{1,3})\s?[%％]")
_LOOSE = " ,，、:：;；。的"
_LINKS = re.compile(r"^(?:[和与及、,，])+")
LATEST_FILL = 31  #: days back a log can still be filled in

Ref = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Said:
    """What a log text says; ``done`` in the person's words, numbers of matters included."""

    kind: LogKind
    day: date
    done: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.done or self.plan or self.issues or self.needs)

    def without(self, known: "Said") -> "Said":
        """Only what ``known`` does not say already, word for word."""
        parts = [tuple(t for t in getattr(self, name) if t not in getattr(known, name)) for name in PARTS]
        return Said(self.kind, self.day, *parts)


PARTS = ("done", "plan", "issues", "needs")


def in_clauses(texts: Sequence[str], sentence: str) -> tuple[str, ...]:
    """Pieces between commas put together again where one clause of ``sentence`` names a matter first:
    ``T7查了12处，劝导9起`` is all about T7."""
    clauses = _CLAUSE.split(sentence)
    found: list[str] = []
    last = -1
    for text in texts:
        place = next((n for n, clause in enumerate(clauses) if n >= max(last, 0) and text in clause), -1)
        same = place != -1 and place == last
        if same and found and refs_in(found[-1]) and not refs_in(text):
            found[-1] = f"{found[-1]}，{text}"
        else:
            found.append(text)
        last = place
    return tuple(dict.fromkeys(found))


def refs_in(text: str) -> list[Ref]:
    """The matters a text names, each number once."""
    found: dict[int, int | None] = {}
    for match in _REF.finditer(text):
        found.setdefault(int(match[1]), int(match[2]) if match[2] else None)
    return list(found.items())


def without_refs(text: str) -> str:
    """``补T1材料`` → ``补材料``; what links several numbers goes with them."""
    bare = _REF.sub("\0", text)
    bare = re.sub("\0(?:[和与及、,，\\s]*\0)+", "\0", bare)
    bare = re.sub("^[\\s(（]*\0[)）]?", "", bare)
    bare = re.sub("[(（]\0[)）]", "", bare).replace("\0", "")
    return _LINKS.sub("", bare.strip(_LOOSE)).strip(_LOOSE)


def percent_in(text: str) -> int | None:
    match = _PERCENT.search(text)
    return int(match[1]) if match and int(match[1]) <= 100 else None


def by_task(texts: Sequence[str]) -> dict[Ref, str]:
    """What is said of each matter named, and what is said of it twice as one."""
    found: dict[int, tuple[Ref, list[str]]] = {}
    for text in texts:
        note = without_refs(text)
        for ref in refs_in(text):
            if note:
                found.setdefault(ref[0], (ref, []))[1].append(note)
    return {ref: "；".join(dict.fromkeys(notes)) for ref, notes in found.values()}


def today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def period_start(kind: LogKind, day: date) -> date:
    match kind:
        case LogKind.WEEK:
            return day - timedelta(days=day.weekday())
        case LogKind.MONTH:
            return day.replace(day=1)
        case LogKind.DAY:
            return day
