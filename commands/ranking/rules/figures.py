"""What was counted of one unit in one period: small whole numbers that everything else follows from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from commands.ranking.rules.scoring import FACTS, SHORTEST, Aspect, Tally, late_credit

_COUNTS = ("on_time", "passed", "once", "more", "asked", "answered", "helped", "yes")


@dataclass(frozen=True, order=True, slots=True)
class Late:
    """``count`` matters ``days`` working days late, planned for ``planned``, shorter ones taken as six."""

    days: int
    planned: int
    count: int = 1

    @property
    def credit(self) -> Fraction:
        """Of each of them."""
        return late_credit(self.days, self.planned)

    @staticmethod
    def of(days: int, planned: int, count: int = 1) -> "Late":
        return Late(days, max(SHORTEST, planned), count)


@dataclass(frozen=True, slots=True)
class Figures:
    on_time: int = 0
    late: tuple[Late, ...] = ()
    passed: int = 0  #: accepted at once
    once: int = 0  #: sent back once
    more: int = 0  #: sent back more than once
    asked: int = 0  #: requests to be answered in the period
    answered: int = 0  #: of them, in time; "no" with its ground is an answer
    helped: int = 0  #: co-operations the lead has given its three facts on
    yes: int = 0  #: facts answered 是

    @property
    def matters(self) -> int:
        return self.on_time + self.late_count

    @property
    def late_count(self) -> int:
        return sum(late.count for late in self.late)

    @property
    def accepted(self) -> int:
        return self.passed + self.once + self.more

    def tallies(self) -> dict[Aspect, Tally]:
        """The parts this unit has."""
        late = sum((each.credit * each.count for each in self.late), Fraction(0))
        found = {
            Aspect.TIMELY: Tally.alike(self.on_time + late, self.matters),
            Aspect.FIRST: Tally.alike(self.passed + Fraction(self.once, 2), self.accepted),
            Aspect.RESPONSE: Tally.alike(self.answered, self.asked),
            Aspect.HELP: Tally.alike(Fraction(self.yes, FACTS), self.helped),
        }
        return {aspect: tally for aspect, tally in found.items() if tally.weight}

    def lateness(self) -> dict[tuple[int, Fraction], int]:
        """(days late, credit) → how many, the latest first."""
        found: dict[tuple[int, Fraction], int] = {}
        for each in sorted(self.late, reverse=True):
            key = (each.days, each.credit)
            found[key] = found.get(key, 0) + each.count
        return found

    def plus(self, other: "Figures") -> "Figures":
        late = {(each.days, each.planned): each.count for each in self.late}
        for more in other.late:
            late[more.days, more.planned] = late.get((more.days, more.planned), 0) + more.count
        kept = tuple(Late(days, by, count) for (days, by), count in sorted(late.items()))
        return replace(self, late=kept, **{n: getattr(self, n) + getattr(other, n) for n in _COUNTS})

    def minus(self, other: "Figures") -> "Figures":
        """Without what ``other`` counts: an objection was upheld.

        Raises:
            ValueError: ``other`` was never part of it.
        """
        left = {(late.days, late.planned): late.count for late in self.late}
        for gone in other.late:
            left[gone.days, gone.planned] = left.get((gone.days, gone.planned), 0) - gone.count
        counts = {name: getattr(self, name) - getattr(other, name) for name in _COUNTS}
        if min([*left.values(), *counts.values()], default=0) < 0:
            raise ValueError("more is taken away than was counted")
        kept = tuple(Late(days, by, count) for (days, by), count in sorted(left.items()) if count)
        return replace(self, late=kept, **counts)

    def dump(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        plain = {name: getattr(self, name) for name in _COUNTS}
        return {**plain, "late": [[late.days, late.planned, late.count] for late in sorted(self.late)]}

    @staticmethod
    def load(stored: Mapping[str, Any]) -> "Figures":
        late = tuple(Late(*each) for each in stored["late"])
        return Figures(**{**stored, "late": late})


def matter(late_days: int, planned: int, returned: int, accepted: bool) -> Figures:
    """One matter's part in the figures. Until it is accepted only a return is known of its quality."""
    known = accepted or returned > 0
    return Figures(
        on_time=int(late_days == 0),
        late=(Late.of(late_days, planned),) if late_days else (),
        passed=int(known and returned == 0),
        once=int(known and returned == 1),
        more=int(known and returned > 1),
    )
