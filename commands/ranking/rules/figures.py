"""What was counted of one unit in one period: small whole numbers that everything else follows from."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from commands.ranking.rules.scoring import FACTS, SHORTEST, Aspect, Tally, late_credit, rounded

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
class Weighed:
    """``count`` things of one weight; ``credit``: what they got together, before it is weighed."""

    weight: int
    count: int
    credit: Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything in it is counted by the piece; ``heavier`` says which of it has weight 2 or 3."""

    on_time: int = 0
    late: tuple[Late, ...] = ()
    passed: int = 0  #: accepted at once
    once: int = 0  #: sent back once
    more: int = 0  #: sent back more than once
    asked: int = 0  #: requests to be answered in the period
    answered: int = 0  #: of them, in time; "no" with its ground is an answer
    helped: int = 0  #: co-operations the lead has given its three facts on
    yes: int = 0  #: facts answered 是
    heavier: "tuple[tuple[int, Figures], ...]" = ()  #: by weight; a part of the counts above

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
        return {
            aspect: sum((Tally.alike(one.credit, one.count, one.weight) for one in found), Tally())
            for aspect in Aspect
            if (found := self.by_weight(aspect))
        }

    def by_weight(self, aspect: Aspect) -> list[Weighed]:
        """What a part of the index is counted from, the lightest first. Where weights differ each credit
        is rounded as it is printed."""
        classes = [(weight, *some._credit(aspect)) for weight, some in ((1, self._light()), *self.heavier)]
        return [
            Weighed(weight, count, Fraction(rounded(credit, 3)) if self.heavier else credit)
            for weight, count, credit in classes
            if count
        ]

    def _light(self) -> "Figures":
        """What has weight 1, and the answers."""
        return functools.reduce(Figures._less, (some for _, some in self.heavier), self)

    def _credit(self, aspect: Aspect) -> tuple[int, Fraction]:
        """How many there were of it, and what they got."""
        late = sum((each.credit * each.count for each in self.late), Fraction(0))
        return {
            Aspect.TIMELY: (self.matters, self.on_time + late),
            Aspect.FIRST: (self.accepted, self.passed + Fraction(self.once, 2)),
            Aspect.RESPONSE: (self.asked, Fraction(self.answered)),
            Aspect.HELP: (self.helped, Fraction(self.yes, FACTS)),
            Aspect.PEER: (0, Fraction(0)),
        }[aspect]

    def weighing(self, weight: int) -> "Figures":
        """The same, of matters that all have this weight."""
        return replace(self, heavier=((weight, self),)) if weight > 1 else self

    def lateness(self) -> dict[tuple[int, Fraction], int]:
        """(days late, credit) → how many, the latest first."""
        found: dict[tuple[int, Fraction], int] = {}
        for each in sorted(self.late, reverse=True):
            key = (each.days, each.credit)
            found[key] = found.get(key, 0) + each.count
        return found

    def plus(self, other: "Figures") -> "Figures":
        heavier = dict(self.heavier)
        for weight, some in other.heavier:
            heavier[weight] = heavier.get(weight, Figures()).plus(some)
        late = {(each.days, each.planned): each.count for each in self.late}
        for more in other.late:
            late[more.days, more.planned] = late.get((more.days, more.planned), 0) + more.count
        kept = tuple(Late(days, by, count) for (days, by), count in sorted(late.items()))
        counts = {n: getattr(self, n) + getattr(other, n) for n in _COUNTS}
        return replace(self, late=kept, heavier=tuple(sorted(heavier.items())), **counts)

    def minus(self, other: "Figures") -> "Figures":
        """Without what ``other`` counts: an objection was upheld.

        Raises:
            ValueError: ``other`` was never part of it.
        """
        heavier = dict(self.heavier)
        for weight, some in other.heavier:
            heavier[weight] = heavier.get(weight, Figures())._less(some)
        kept = tuple((weight, some) for weight, some in sorted(heavier.items()) if some != Figures())
        left = replace(self._less(other), heavier=kept)
        left._light()
        return left

    def _less(self, other: "Figures") -> "Figures":
        """Without regard to weights."""
        left = {(late.days, late.planned): late.count for late in self.late}
        for gone in other.late:
            left[gone.days, gone.planned] = left.get((gone.days, gone.planned), 0) - gone.count
        counts = {name: getattr(self, name) - getattr(other, name) for name in _COUNTS}
        if min([*left.values(), *counts.values()], default=0) < 0:
            raise ValueError("more is taken away than was counted")
        kept = tuple(Late(days, by, count) for (days, by), count in sorted(left.items()) if count)
        return replace(self, late=kept, heavier=(), **counts)

    def dump(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in _COUNTS}
        plain["late"] = [[late.days, late.planned, late.count] for late in sorted(self.late)]
        if self.heavier:
            plain["heavier"] = [[weight, some.dump()] for weight, some in self.heavier]
        return plain

    @staticmethod
    def load(stored: Mapping[str, Any]) -> "Figures":
        late = tuple(Late(*each) for each in stored["late"])
        heavier = tuple((weight, Figures.load(some)) for weight, some in stored.get("heavier", ()))
        return Figures(**{**stored, "late": late, "heavier": heavier})


def matter(late_days: int, planned: int, returned: int, accepted: bool) -> Figures:
    """One matter's part in the figures, not weighed yet. Until it is accepted only a return is known of
    its quality."""
    known = accepted or returned > 0
    return Figures(
        on_time=int(late_days == 0),
        late=(Late.of(late_days, planned),) if late_days else (),
        passed=int(known and returned == 0),
        once=int(known and returned == 1),
        more=int(known and returned > 1),
    )
