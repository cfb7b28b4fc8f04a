"""Bands A, B, C: units that cannot be told apart share one, listed in their official order (机构序).

From the highest index down, a unit shares the band of the band's first one as long as their 90 %
intervals meet. So a higher index is never in a lower band, and a small unit, whose interval is wide, is
not pushed down by chance. C takes the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from commands.ranking.rules.figures import Figures
from commands.ranking.rules.scoring import FEWEST, Aspect, Index, Tally, averages, index


class Band(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    FEW = "few"  #: 样本不足: fewer than five matters, not ranked


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit's figures; ``position``: its place in the official order."""

    id: int
    position: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a unit stands. ``index`` is None when nothing at all was counted in the group.

    ``border``: the lower end of the interval of its band's first unit; whoever reaches it is in.
    """

    unit: Unit
    band: Band
    index: Index | None = None
    border: Decimal | None = None
    above: Decimal | None = None  #: the border of the band above


@dataclass(frozen=True, slots=True)
class Result:
    """``standings``: every unit, in the official order."""

    standings: tuple[Standing, ...]
    averages: Mapping[Aspect, Decimal]

    def of(self, band: Band) -> list[Standing]:
        return [each for each in self.standings if each.band is band]


def rank(units: Sequence[Unit]) -> Result:
    """The whole of a period, whatever order the units come in."""
    ordered = sorted(units, key=lambda unit: (unit.position, unit.id))
    tallies = {unit.id: unit.figures.tallies() for unit in ordered}
    means = averages(list(tallies.values()))
    if not means:
        return Result(tuple(Standing(unit, Band.FEW) for unit in ordered), means)
    indices = {unit.id: index(tallies[unit.id], means) for unit in ordered}
    ranked = [unit for unit in ordered if _enough(tallies[unit.id])]
    best_first = sorted(ranked, key=lambda unit: (-indices[unit.id].value, -indices[unit.id].high))
    placed = _place(best_first, indices)
    few = (Band.FEW, None, None)
    return Result(
        tuple(
            Standing(unit, band, indices[unit.id], border, above)
            for unit in ordered
            for band, border, above in [placed.get(unit.id, few)]
        ),
        means,
    )


Place = tuple[Band, Decimal | None, Decimal | None]


def _place(best_first: Sequence[Unit], indices: Mapping[int, Index]) -> dict[int, Place]:
    bands = [Band.A, Band.B, Band.C]
    placed: dict[int, Place] = {}
    band = 0
    border: Decimal | None = None
    above: Decimal | None = None
    last: Decimal | None = None
    for unit in best_first:
        mine = indices[unit.id]
        if border is None:
            border = mine.low
        elif mine.high < border and mine.value != last and band < len(bands) - 1:
            band, above, border = band + 1, border, mine.low
        last = mine.value
        placed[unit.id] = (bands[band], border, above)
    return placed


def _enough(tallies: Mapping[Aspect, Tally]) -> bool:
    return tallies.get(Aspect.TIMELY, Tally()).effective >= Fraction(FEWEST)
