"""How co-operation is counted: credits → effective count → shrunken mean → index with its 90 % interval.

Every number is rounded where it is printed and used as printed from there on, so that whoever has the
print can do the sum again by hand; half is rounded up, as people do. All of it is exact arithmetic: both
database engines and every machine give the same digits.

What never enters: persons, counts of logs or messages, read rates, how fast somebody answers beyond "in
time", meetings, photos, praise. More matters give no points: only shares count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache


class Aspect(StrEnum):
    """The parts of the index, in the order they are shown."""

    TIMELY = "timely"  #: 按时
    FIRST = "first"  #: 一次通过
    RESPONSE = "response"  #: 答复及时
    HELP = "help"  #: 配合, as the leading units say
    PEER = "peer"  #: 互评; nobody rates yet, so its weight is spread over the rest


WEIGHTS: Mapping[Aspect, Decimal] = {
    Aspect.TIMELY: Decimal("0.30"),
    Aspect.FIRST: Decimal("0.20"),
    Aspect.RESPONSE: Decimal("0.20"),
    Aspect.HELP: Decimal("0.20"),
    Aspect.PEER: Decimal("0.10"),
}
PRIOR = 8  #: 折算: a unit is counted as if it had eight more average matters
FEWEST = 5  #: matters below which a unit is 样本不足: shown, not ranked
Z = Decimal("1.645")  #: of a 90 % interval
FACTS = 3  #: yes/no facts the lead gives on one co-operation
SHORTEST = 6  #: planned working days as which a shorter matter is taken: three days late leave nothing


def rounded(value: Fraction | Decimal | int, places: int) -> Decimal:
    """Half up, away from zero."""
    exact = Fraction(value) * 10**places
    whole = (exact + Fraction(1, 2)).__floor__()
    return Decimal(whole).scaleb(-places)


@cache
def late_credit(late_workdays: int, planned_workdays: int) -> Fraction:
    """1 when on time; falls to 0 over half of the planned working days, but over three at least."""
    left = 1 - Fraction(2 * max(0, late_workdays), max(SHORTEST, planned_workdays))
    return max(Fraction(0), left)


def first_credit(returned: int) -> Fraction:
    """Accepted at once 1, after one 请补充 or 退回重办 ½, after more 0."""
    return {0: Fraction(1), 1: Fraction(1, 2)}.get(returned, Fraction(0))


@dataclass(frozen=True, slots=True)
class Tally:
    """Σw·x, Σw and Σw² of the things counted."""

    credit: Fraction = Fraction(0)
    weight: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)

    @staticmethod
    def of(pairs: Iterable[tuple[Fraction | int, int | Fraction]]) -> "Tally":
        """From (credit, weight) of each thing."""
        total = Tally()
        for credit, weight in pairs:
            w = Fraction(weight)
            total += Tally(w * Fraction(credit), w, w * w)
        return total

    @staticmethod
    def alike(credit: Fraction | int, count: int, weight: int = 1) -> "Tally":
        """``count`` things of one weight whose credits sum to ``credit``."""
        return Tally(weight * Fraction(credit), Fraction(weight * count), Fraction(weight**2 * count))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.credit + other.credit, self.weight + other.weight, self.squares + other.squares)

    @property
    def mean(self) -> Fraction:
        return self.credit / self.weight if self.weight else Fraction(0)

    @property
    def effective(self) -> Fraction:
        """(Σw)² ÷ Σw²: as many equal things would say as much."""
        return self.weight**2 / self.squares if self.squares else Fraction(0)


@dataclass(frozen=True, slots=True)
class Score:
    """One part of a unit's index, as printed: ``(points + 8×average) ÷ (count + 8) = value``."""

    points: Decimal  #: effective count × mean = Σw·Σw·x ÷ Σw², three places
    count: Decimal  #: effective count
    average: Decimal  #: of the peer group, two places
    value: Decimal  #: three places

    @property
    def variance(self) -> Fraction:
        """Of ``value``, over other four weeks like these: p(1−p)·n÷(n+8)²."""
        p, n = Fraction(self.value), Fraction(self.count)
        return p * (1 - p) * n / (n + PRIOR) ** 2


def score(tally: Tally, average: Decimal, prior: int = PRIOR) -> Score:
    count = rounded(tally.effective, 2)
    count = count.to_integral_value() if count == count.to_integral_value() else count
    total = Fraction(rounded(tally.credit, 3))
    points = rounded(tally.weight * total / tally.squares if tally.squares else 0, 3)
    value = (Fraction(points) + prior * Fraction(average)) / (Fraction(count) + prior)
    return Score(points, count, average, rounded(value, 3))


def average(tallies: Iterable[Tally]) -> Decimal | None:
    """The peer group's mean, two places; None when nobody had such a thing."""
    total = sum(tallies, Tally())
    return rounded(total.mean, 2) if total.weight else None


@dataclass(frozen=True, slots=True)
class Index:
    """``scores``: the parts the group has; a part nobody has gives its weight to the rest.

    A unit that has none of a part the others have gets the average there: being asked nothing is
    neither merit nor fault.
    """

    scores: Mapping[Aspect, Score]
    value: Decimal  #: 0–100, one place
    low: Decimal  #: 90 % interval, one place
    high: Decimal

    @property
    def weight(self) -> Decimal:
        """What the weights of the parts sum to."""
        return sum((WEIGHTS[aspect] for aspect in self.scores), Decimal(0))


def index(tallies: Mapping[Aspect, Tally], averages: Mapping[Aspect, Decimal]) -> Index:
    """Raises:
    ValueError: the group has no part at all.
    """
    scores = {
        aspect: score(tallies.get(aspect, Tally()), averages[aspect])
        for aspect in Aspect
        if aspect in averages
    }
    total = sum((Fraction(WEIGHTS[aspect]) for aspect in scores), Fraction(0))
    if not total:
        raise ValueError("nothing was counted")
    shares = {aspect: Fraction(WEIGHTS[aspect]) / total for aspect in scores}
    value = sum((shares[a] * Fraction(s.value) for a, s in scores.items()), Fraction(0))
    variance = sum((shares[a] ** 2 * s.variance for a, s in scores.items()), Fraction(0))
    at = rounded(100 * value, 1)
    half = rounded(Fraction(100 * Z * _root(variance)), 1)
    return Index(scores, at, max(Decimal("0.0"), at - half), min(Decimal("100.0"), at + half))


def averages(units: Sequence[Mapping[Aspect, Tally]]) -> dict[Aspect, Decimal]:
    """By part, the mean over everything the group did; parts nobody has are left out."""
    found = {aspect: average(unit.get(aspect, Tally()) for unit in units) for aspect in Aspect}
    return {aspect: mean for aspect, mean in found.items() if mean is not None}


def wilson(credit: Fraction | int, count: Fraction | int, z: Decimal = Z) -> tuple[Decimal, Decimal]:
    """The Wilson interval of a share, two places; (0, 1) of nothing."""
    n = Fraction(count)
    if not n:
        return Decimal("0.00"), Decimal("1.00")
    p, square = Fraction(credit) / n, Fraction(z) ** 2
    middle = p + square / (2 * n)
    half = Fraction(z) * Fraction(_root(p * (1 - p) / n + square / (4 * n * n)))
    below = 1 + square / n
    return rounded((middle - half) / below, 2), rounded((middle + half) / below, 2)


def lags(credit: Fraction | int, count: Fraction | int, target: Decimal) -> bool:
    """Whether it may be said that a unit is behind: even the upper bound is below the target."""
    return bool(count) and wilson(credit, count)[1] < target


@cache
def _root(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.sqrt().quantize(Decimal("1e-12"), ROUND_HALF_UP)
