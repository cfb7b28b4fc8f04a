"""Numbers worked by hand: a table of shares, and one unit's index down to its last digit."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from commands.calendar import Workdays
from commands.ranking.rules.bands import Band, Standing, Unit, rank
from commands.ranking.rules.explaining import Explanation, heaviest, numeral
from commands.ranking.rules.figures import Figures, Late, matter
from commands.ranking.rules.periods import check_until, last_ended, object_until, period, reply_by
from commands.ranking.rules.scoring import (
    Aspect,
    Tally,
    first_credit,
    index,
    late_credit,
    rounded,
    score,
    wilson,
)
from tests.factories import at

MEANS = {
    Aspect.TIMELY: Decimal("0.96"),
    Aspect.FIRST: Decimal("0.95"),
    Aspect.RESPONSE: Decimal("0.85"),
    Aspect.HELP: Decimal("0.95"),
}
COMMUNITY = Figures(
    on_time=13,
    late=(Late.of(2, planned=9), Late.of(1, planned=5, count=2)),
    passed=14,
    once=2,
    asked=6,
    answered=4,
    helped=15,
    yes=41,
)


@pytest.mark.parametrize(
    ("credit", "count", "raw", "low", "high", "shrunk"),
    [
        (3, 3, "1.00", "0.44", "1.00", "0.87"),
        (2, 3, "0.67", "0.21", "0.94", "0.78"),
        (9, 10, "0.90", "0.60", "0.98", "0.86"),
        (30, 50, "0.60", "0.46", "0.72", "0.63"),
        (45, 50, "0.90", "0.79", "0.96", "0.89"),
        (190, 200, "0.95", "0.91", "0.97", "0.95"),
    ],
)
def test_shares_on_time_with_their_intervals_and_shrunken(
    credit: int, count: int, raw: str, low: str, high: str, shrunk: str
) -> None:
    tally = Tally.alike(credit, count)
    assert rounded(tally.mean, 2) == Decimal(raw)
    assert wilson(credit, count, Decimal("1.96")) == (Decimal(low), Decimal(high))
    assert rounded(score(tally, Decimal("0.82")).value, 2) == Decimal(shrunk)


def test_a_units_index_is_what_it_prints() -> None:
    found = index(COMMUNITY.tallies(), MEANS)
    assert [str(s.value) for s in found.scores.values()] == ["0.940", "0.942", "0.771", "0.925"]
    assert found.value == Decimal("90.0")
    standing = Standing(Unit(1, 3, COMMUNITY), Band.B, found, Decimal("86.0"), Decimal("94.4"))
    assert Explanation(found, COMMUNITY, standing).lines() == [
        "可照着手算；同组平均 0.96、0.95、0.85、0.95，折算 8 件：",
        "按时 (14.889+8×0.96)÷(16+8)=0.940，其中晚 2 天的计 0.556、晚 1 天的各计 0.667",
        "一次通过 (15+8×0.95)÷(16+8)=0.942 · 答复 (4+8×0.85)÷(6+8)=0.771 · 配合 (13.667+8×0.95)÷(15+8)=0.925",
        "指数 100×(0.30×0.940+0.20×0.942+0.20×0.771+0.20×0.925)÷0.90=90.0（互评本期没有，权重摊给其余四样）",
        "90% 区间 85.9—94.1，没有够到上一档的界线 94.4（上一档首位区间的下端），列 B 档",
    ]
    assert heaviest(standing) == "影响最大的是 2 次商请没按时答复。"


def test_matters_of_other_weights_are_folded_into_as_many_equal_ones() -> None:
    """Thirteen in time, one of them of weight 3 and two of weight 2; of the late ones one has weight 3."""
    three = Figures(on_time=1, late=(Late.of(1, 5),), passed=1, once=1, helped=1, yes=2)
    two = Figures(on_time=2, passed=2)
    weighed = replace(COMMUNITY, heavier=((2, two), (3, three)))
    assert weighed.tallies()[Aspect.TIMELY] == Tally(
        Fraction("11.222") + 2 * 2 + 3 * Fraction("1.667"), Fraction(12 + 4 + 6), Fraction(12 + 8 + 18)
    )
    found = index(weighed.tallies(), MEANS)
    standing = Standing(Unit(1, 3, weighed), Band.B, found, Decimal("86.0"), Decimal("94.4"))
    assert Explanation(found, weighed, standing).lines()[:6] == [
        "可照着手算；同组平均 0.96、0.95、0.85、0.95，折算 8 件；得分乘权重，再折合成件数：",
        "按时 (11.708+8×0.96)÷(12.74+8)=0.935，其中晚 2 天的计 0.556、晚 1 天的各计 0.667；"
        "得分 11.222+2×2+3×1.667=20.223，权重 12+2×2+3×2=22，平方 12+4×2+9×2=38，"
        "折合 22×22÷38=12.74 件、22×20.223÷38=11.708 分",
        "一次通过 (11.579+8×0.95)÷(12.74+8)=0.925；"
        "得分 11.5+2×2+3×1.5=20，权重 12+2×2+3×2=22，平方 12+4×2+9×2=38，"
        "折合 22×22÷38=12.74 件、22×20÷38=11.579 分",
        "答复 (4+8×0.85)÷(6+8)=0.771",
        "配合 (11.088+8×0.95)÷(12.57+8)=0.909；"
        "得分 13+3×0.667=15.001，权重 14+3×1=17，平方 14+9×1=23，"
        "折合 17×17÷23=12.57 件、17×15.001÷23=11.088 分",
        "指数 100×(0.30×0.935+0.20×0.925+0.20×0.771+0.20×0.909)÷0.90=89.1（互评本期没有，权重摊给其余四样）",
    ]


def test_matters_of_weight_three_alone_say_no_more_than_as_many_of_weight_one() -> None:
    light = Figures(on_time=4, late=(Late.of(1, 5),), passed=5)
    heavy = light.weighing(3)
    assert heavy.tallies()[Aspect.TIMELY].effective == 5
    assert index(heavy.tallies(), MEANS) == index(light.tallies(), MEANS)
    assert heavy.minus(light.weighing(3)) == Figures()
    with pytest.raises(ValueError, match="taken away"):
        heavy.minus(Figures(on_time=1))


def test_who_lost_nothing_is_told_that_what_they_did_not_have_counts_as_the_groups_average() -> None:
    spotless = Figures(on_time=9, passed=9)
    slow = Figures(on_time=9, passed=9, asked=2)
    faultless = Figures(on_time=5, passed=5, asked=2, answered=2)
    standings = {
        s.unit.id: s for s in rank([Unit(1, 1, spotless), Unit(2, 2, slow), Unit(3, 3, faultless)]).standings
    }
    assert heaviest(standings[1]) == "办过的都没有失分；本期没有的几样按同组平均计。"
    assert heaviest(standings[2]) == "影响最大的是 2 次商请没按时答复。"
    assert heaviest(standings[3]) == "没有失分。"


def test_the_first_periods_bands_come_out_of_four_units_figures() -> None:
    """The averages 0.96, 0.95, 0.85, 0.95 are those of the four together."""
    others = [
        Figures(on_time=20, passed=20, asked=7, answered=7, helped=12, yes=36),
        Figures(on_time=18, passed=17, once=1, asked=7, answered=7, helped=14, yes=42),
        Figures(
            on_time=11,
            late=(Late.of(3, 6), Late.of(1, 6)),
            passed=9,
            once=4,
            asked=7,
            answered=5,
            helped=13,
            yes=35,
        ),
    ]
    ranked = rank([Unit(n, n, f) for n, f in enumerate([*others[:2], COMMUNITY, others[2]], start=1)])
    assert [str(mean) for mean in ranked.averages.values()] == ["0.96", "0.95", "0.85", "0.95"]
    assert {band: [s.unit.id for s in ranked.of(band)] for band in Band} == {
        Band.A: [1, 2],
        Band.B: [3, 4],
        Band.C: [],
        Band.FEW: [],
    }
    third = ranked.standings[2]
    assert third.index is not None
    assert third.index.value == Decimal("90.0")


def test_credits_of_one_matter() -> None:
    assert late_credit(0, 10) == 1
    assert rounded(late_credit(2, 9), 3) == Decimal("0.556")
    assert rounded(late_credit(1, 5), 3) == Decimal("0.667")
    assert late_credit(3, 1) == late_credit(9, 10) == 0
    assert [first_credit(n) for n in range(4)] == [1, Fraction(1, 2), 0, 0]
    assert matter(2, 9, 1, True) == Figures(late=(Late.of(2, 9),), once=1)
    assert matter(0, 9, 0, False) == Figures(on_time=1)


def test_unequal_weights_have_a_smaller_effective_count() -> None:
    tally = Tally.of([(1, 3), (0, 1), (1, 1)])
    assert tally.mean == Fraction(4, 5)
    assert tally.effective == Fraction(25, 11)
    found = score(tally, Decimal("0.50"))
    assert (found.points, found.count) == (Decimal("1.818"), Decimal("2.27"))
    assert found.value == rounded((Fraction("1.818") + 4) / (Fraction("2.27") + 8), 3)


def test_periods_begin_on_mondays_and_last_four_weeks() -> None:
    calendar = Workdays()
    first = period(date(2026, 11, 23), 1)
    assert first.says(calendar) == "11月23日—12月18日"
    assert (first.begins, first.ends) == (at(11, 23, 0), at(12, 21, 0))
    assert period(date(2026, 11, 25), 1).first == date(2026, 11, 25)
    assert period(date(2026, 11, 25), 2).first == date(2026, 12, 21)
    assert [last_ended(date(2026, 11, 25), date(2026, 12, day)) for day in (20, 21)] == [0, 1]
    assert last_ended(date(2026, 11, 25), date(2026, 11, 20)) == 0
    assert [numeral(n) for n in (1, 10, 11, 20, 21, 100)] == ["一", "十", "十一", "二十", "二十一", "100"]


def test_three_working_days_to_check_three_to_object_two_to_reply() -> None:
    calendar = Workdays()
    assert check_until(date(2026, 12, 21), calendar) == at(12, 23, 18)
    assert object_until(date(2026, 12, 28), calendar) == date(2026, 12, 31)
    assert reply_by(at(12, 11, 15), calendar) == at(12, 15, 15)
    assert reply_by(at(12, 12, 15), calendar) == at(12, 16, 0)
