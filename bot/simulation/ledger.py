"""What the simulated people did, kept by the play itself: the product's tables are only asked which matters
there are, never whether somebody acted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from bot.simulation import days
from bot.simulation.watching import Mention, Occasion, Reminder, Why

OFFICE = "督查室"


@dataclass(frozen=True, slots=True)
class Matter:
    """One unit's part of one period; ``id`` is its obligation's."""

    id: int
    number: int
    unit: str
    due: date


@dataclass(slots=True)
class Ledger:
    matters: dict[int, Matter] = field(default_factory=dict)
    signed: set[tuple[int, str]] = field(default_factory=set)  #: number and unit
    handed_in: dict[int, set[str]] = field(default_factory=dict)  #: who said 报结, by matter
    releasing: dict[int, str] = field(default_factory=dict)  #: matter → whose 同意报出 it waits for
    passed_on: set[int] = field(default_factory=set)  #: it has left the unit
    deciding: dict[int, str] = field(default_factory=dict)  #: matter → the unit it waits for: 审核, 确认
    asked: set[tuple[int, str]] = field(default_factory=set)  #: 商请 without an answer: number, asked unit
    progress: dict[tuple[str, int], date] = field(default_factory=dict)  #: person and number → last day
    logged: set[tuple[str, date]] = field(default_factory=set)  #: log or progress
    away: dict[str, frozenset[date]] = field(default_factory=dict)

    def is_away(self, person: str, day: date) -> bool:
        return day in self.away.get(person, frozenset())

    def hand_in(self, person: str, matter: Matter, head: str) -> None:
        self.handed_in.setdefault(matter.id, set()).add(person)
        self.releasing[matter.id] = head

    def release(self, matter: Matter, to: str) -> None:
        self.releasing.pop(matter.id, None)
        self.passed_on.add(matter.id)
        self.deciding[matter.id] = to

    def decide(self, matter: Matter, *, again: bool) -> None:
        """``again``: 退回重办, it is the unit's turn once more."""
        self.deciding.pop(matter.id, None)
        if again:
            self.passed_on.discard(matter.id)
            self.handed_in.pop(matter.id, None)

    def tell_progress(self, person: str, number: int, day: date) -> None:
        self.progress[person, number] = day
        self.logged.add((person, day))

    def needless(self, seen: Reminder) -> tuple[str, ...]:
        """What this message reminds of although the person had acted, or is on leave."""
        found = []
        if seen.occasion is Occasion.LOG and (seen.person, seen.day) in self.logged:
            found.append("已交日报或进展")
        if self.is_away(seen.person, seen.day) and seen.occasion in (Occasion.MORNING, Occasion.LOG):
            found.append("本人请假，有人代")
        alone = len(seen.mentions) == 1
        found += [
            f"T{mention.number} {mention.why}，已办"
            for mention in seen.mentions
            if mention.number and self._is_done(seen, mention, alone=alone)
        ]
        return tuple(found)

    def _is_done(self, seen: Reminder, mention: Mention, *, alone: bool) -> bool:
        number = mention.number
        if mention.why is Why.SIGN:
            return (number, seen.unit) in self.signed
        if mention.why is Why.RELEASE:
            return not any(self.releasing.get(m.id) == seen.person for m in self._of(number))
        if mention.why in (Why.VERIFY, Why.ACCEPT):
            return not any(self.deciding.get(m.id) == seen.unit for m in self._of(number))
        if mention.why is Why.ASKED:
            return (number, seen.unit) not in self.asked
        if mention.why is Why.AHEAD:
            answered = self.progress.get((seen.person, number))
            if alone and answered is not None and answered >= days.add(seen.day, -1):
                return True
        if mention.why is Why.SPECIFY:
            return False
        mine = [m for m in self._of(number) if seen.unit in (m.unit, OFFICE)]
        reached = [m for m in mine if self._is_meant(mention.why, m, seen.day)]
        return bool(reached) and all(self._acted(seen.person, m) for m in reached)

    def _is_meant(self, why: Why, matter: Matter, day: date) -> bool:
        """A limit on a day off is the working day's before it."""
        last = matter.due if days.is_workday(matter.due) else days.add(matter.due, -1)
        return {Why.TODAY: last == day or matter.due == day, Why.OVERDUE: last < day}.get(why, last > day)

    def _acted(self, person: str, matter: Matter) -> bool:
        return matter.id in self.passed_on or person in self.handed_in.get(matter.id, ())

    def _of(self, number: int) -> Iterable[Matter]:
        return [matter for matter in self.matters.values() if matter.number == number]

    def said_of(self, seen: Reminder, mention: Mention) -> str:
        """``T7 超期+1``: the matter and why it is mentioned, in working days."""
        if not mention.number:
            return mention.words
        if mention.why not in (Why.OVERDUE, Why.AHEAD):
            return f"T{mention.number} {mention.why}"
        limits = [
            m.due
            for m in self._of(mention.number)
            if seen.unit in (m.unit, OFFICE)
            and (m.due < seen.day) == (mention.why is Why.OVERDUE)
            and not self._acted(seen.person, m)
        ]
        if not limits:
            return f"T{mention.number} {mention.why}"
        if mention.why is Why.AHEAD:
            return f"T{mention.number} T-{days.between(seen.day, min(limits))}"
        return f"T{mention.number} 超期+{max(1, days.between(min(limits), seen.day))}"
