"""What must hold whatever the figures are."""

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from math import prod

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.ranking.rules.bands import Band, Result, Standing, Unit, rank
from commands.ranking.rules.explaining import explain
from commands.ranking.rules.figures import Figures, Late
from commands.ranking.rules.scoring import PRIOR, Aspect, Tally, late_credit, rounded, score, wilson

counts = st.integers(min_value=0, max_value=40)


@st.composite
def of_one_weight(draw: st.DrawFn) -> Figures:
    one_late = st.builds(Late.of, st.integers(1, 9), st.integers(0, 30))
    late = draw(st.lists(one_late, max_size=8, unique_by=lambda one: (one.days, one.planned)))
    accepted = [draw(st.integers(0, 20)) for _ in range(3)]
    asked, helped = draw(counts), draw(counts)
    return Figures(
        draw(counts),
        tuple(late),
        *accepted,
        asked=asked,
        answered=draw(st.integers(0, asked)),
        helped=helped,
        yes=draw(st.integers(0, 3 * helped)),
    )


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """Mostly of weight 1; some have matters of weight 2 or 3 as well."""
    found = draw(of_one_weight())
    for weight in draw(st.sampled_from([(), (), (2,), (3,), (2, 3)])):
        found = found.plus(replace(draw(of_one_weight()), asked=0, answered=0).weighing(weight))
    return found


groups = st.lists(figures(), min_size=1, max_size=6)


def ranked(group: list[Figures]) -> Result:
    return rank([Unit(n, n, each) for n, each in enumerate(group)])


def value(result: Result, unit_id: int) -> Decimal:
    standing = next(each for each in result.standings if each.unit.id == unit_id)
    return standing.index.value if standing.index else Decimal(0)


@given(groups, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_units_come_does_not_matter(group: list[Figures], chance: object) -> None:
    units = [Unit(n, n, each) for n, each in enumerate(group)]
    before = rank(units)
    chance.shuffle(units)  # type: ignore[attr-defined]
    assert rank(units) == before


@given(groups)
@settings(max_examples=60, deadline=None)
def test_doing_better_never_lowers_ones_own_index(group: list[Figures]) -> None:
    before, first = ranked(group), group[0]
    better = [replace(first, asked=first.asked + 1, answered=first.answered + 1)]
    light = reduce(Figures.minus, (some.weighing(weight) for weight, some in first.heavier), first)
    for weight, some in ((1, light), *first.heavier):
        if some.late:
            late = Figures(late=(replace(some.late[0], count=1),)).weighing(weight)
            better.append(first.minus(late).plus(Figures(on_time=1).weighing(weight)))
        if some.once:
            once = first.minus(Figures(once=1).weighing(weight))
            better.append(once.plus(Figures(passed=1).weighing(weight)))
        if some.yes < 3 * some.helped:
            better.append(first.plus(Figures(yes=1).weighing(weight)))
    if not before.averages:
        return
    for improved in better:
        after = ranked([improved, *group[1:]])
        if set(after.averages) == set(before.averages):
            assert value(after, 0) >= value(before, 0)


@given(groups)
@settings(max_examples=100, deadline=None)
def test_a_higher_index_is_never_in_a_lower_band_and_equals_share_one(group: list[Figures]) -> None:
    places: dict[Decimal, set[Band]] = {}
    for each in ranked(group).standings:
        if each.band is not Band.FEW and each.index is not None:
            places.setdefault(each.index.value, set()).add(each.band)
    in_order = [places[at] for at in sorted(places, reverse=True)]
    assert all(len(bands) == 1 for bands in in_order)
    letters = [bands.pop().value for bands in in_order]
    assert letters == sorted(letters)


@given(groups)
@settings(max_examples=60, deadline=None)
def test_who_cannot_be_told_apart_from_the_best_is_in_the_first_band_until_somebody_can(
    group: list[Figures],
) -> None:
    standings = [e for e in ranked(group).standings if e.band is not Band.FEW and e.index is not None]
    best = max((e.index.value for e in standings if e.index), default=None)
    for each in standings:
        assert each.index is not None
        if each.index.value == best:
            assert each.band is Band.A
        if each.band is not Band.A:
            assert each.above is not None
            assert each.border is not None
            assert each.band is Band.C or each.border <= each.index.high


@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 100))
def test_a_small_unit_is_not_punished_for_being_small(parts: int, times: int, average: int) -> None:
    """The same share over fewer matters lies nearer to the average: a bad month of three weighs little."""
    mean = Fraction(average, 100)
    share = Fraction(parts, 40)
    small = score(Tally.alike(share * 3, 3), Decimal(average) / 100)
    large = score(Tally.alike(share * 3 * times, 3 * times), Decimal(average) / 100)
    assert abs(Fraction(small.value) - mean) <= abs(Fraction(large.value) - mean) + Fraction(1, 1000)
    low, high = sorted((mean, share))
    for found in (small, large):
        assert low - Fraction(1, 1000) <= Fraction(found.value) <= high + Fraction(1, 1000)


@given(groups)
@settings(max_examples=60, deadline=None)
def test_fewer_than_five_matters_are_never_ranked(group: list[Figures]) -> None:
    for each in ranked(group).standings:
        counted = each.unit.figures.tallies().get(Aspect.TIMELY, Tally())
        assert (each.band is Band.FEW) == (counted.effective < 5)
        if each.unit.figures.matters < 5:
            assert each.band is Band.FEW


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60))
def test_later_is_never_worth_more(early: int, more: int, planned: int) -> None:
    assert 0 <= late_credit(early + more, planned) <= late_credit(early, planned) <= 1


@given(st.integers(0, 60), st.integers(0, 60))
def test_an_interval_holds_the_share(credit: int, more: int) -> None:
    low, high = wilson(credit, credit + more)
    if credit + more:
        assert (
            low - Decimal("0.005") <= rounded(Fraction(credit, credit + more), 2) <= high + Decimal("0.005")
        )


@given(groups)
@settings(max_examples=60, deadline=None)
def test_every_printed_sum_comes_out_as_printed(group: list[Figures]) -> None:
    for each in ranked(group).standings:
        shown = explain(each)
        if shown is not None:
            assert _recomputed(shown.index.scores) == [s.value for s in shown.index.scores.values()]
            line = next(text for text in shown.lines() if text.startswith("指数"))
            terms, weight, result = _index_terms(line)
            assert rounded(100 * terms / weight, 1) == result
            for text in shown.lines():
                _check_folding(text)
            assert _interval(each) == (each.index.low, each.index.high)  # type: ignore[union-attr]


def _check_folding(line: str) -> None:
    """``得分 11+2×2=15，…，折合 22×22÷38=12.74 件、…``: every sum of it, done again."""
    for terms, result, unit in re.findall(
        r"([\d.+×÷]+)=([\d.]+)(?= (件)|[ ，]|$)", line.partition("；得分")[2]
    ):
        total = Fraction(0)
        for term in terms.split("+"):
            product, _, below = term.partition("÷")
            total += prod((Fraction(each) for each in product.split("×")), start=Fraction(1)) / Fraction(
                below or 1
            )
        assert rounded(total, 2 if unit else 3) == Decimal(result)


def _recomputed(scores: object) -> list[Decimal]:
    return [
        rounded((Fraction(s.points) + PRIOR * Fraction(s.average)) / (Fraction(s.count) + PRIOR), 3)
        for s in scores.values()  # type: ignore[attr-defined]
    ]


def _index_terms(line: str) -> tuple[Fraction, Fraction, Decimal]:
    """The numbers of ``指数 100×(0.30×0.940+…)÷0.90=90.0``."""
    inside, _, after = line.removeprefix("指数 100×(").partition(")÷")
    weight, _, result = after.partition("（")[0].partition("=")
    pairs = [term.split("×") for term in inside.split("+")]
    return sum((Fraction(a) * Fraction(b) for a, b in pairs), Fraction(0)), Fraction(weight), Decimal(result)


def _interval(standing: Standing) -> tuple[Decimal, Decimal]:
    assert standing.index is not None
    assert standing.index.low <= standing.index.value <= standing.index.high
    return standing.index.low, standing.index.high


@given(figures(), figures())
@settings(max_examples=60, deadline=None)
def test_figures_survive_storage_and_give_back_what_was_added(one: Figures, other: Figures) -> None:
    assert Figures.load(one.dump()).tallies() == one.tallies()
    merged = Figures.load(one.plus(other).dump())
    if bool(merged.heavier) == bool(one.heavier):  # credits are rounded only where weights differ
        assert merged.minus(other).tallies() == one.tallies()
    assert merged.minus(other).matters == one.matters
