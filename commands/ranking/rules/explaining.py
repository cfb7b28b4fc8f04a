"""How a unit's index came about, in lines that can be followed with a pocket calculator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commands.ranking.rules.bands import Band, Standing
from commands.ranking.rules.figures import Figures, Weighed
from commands.ranking.rules.scoring import PRIOR, WEIGHTS, Aspect, Index, Score, Tally, rounded

SAID: Mapping[Aspect, str] = {
    Aspect.TIMELY: "按时",
    Aspect.FIRST: "一次通过",
    Aspect.RESPONSE: "答复",
    Aspect.HELP: "配合",
    Aspect.PEER: "互评",
}
_NUMERALS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything one unit is told about its index; ``shown`` figures are the whole evidence."""

    index: Index
    figures: Figures
    standing: Standing

    def lines(self) -> list[str]:
        """The text of ［看算法］."""
        scores = self.index.scores
        means = "、".join(str(score.average) for score in scores.values())
        first, *rest = [self._part(aspect, score) for aspect, score in scores.items()]
        weighed = "；得分乘权重，再折合成件数" if self.figures.heavier else ""
        found = [f"可照着手算；同组平均 {means}，折算 {PRIOR} 件{weighed}：", first]
        if rest:
            found += rest if weighed else [" · ".join(rest)]
        return [*found, self._index_line(), self._band_line()]

    def _part(self, aspect: Aspect, score: Score) -> str:
        said = SAID[aspect]
        if not score.count:
            return f"{said} 本期没有，按同组平均 {score.value}"
        points, count = plain(score.points), plain(score.count)
        line = f"{said} ({points}+{PRIOR}×{score.average})÷({count}+{PRIOR})={score.value}"
        late = self._late() if aspect is Aspect.TIMELY else ""
        line = f"{line}，其中{late}" if late else line
        found = self.figures.by_weight(aspect)
        return line if all(one.weight == 1 for one in found) else f"{line}；{_folded(found, score)}"

    def _late(self) -> str:
        """晚 2 天的计 0.556、晚 1 天的各计 0.667."""
        return "、".join(
            f"晚 {days} 天的{'各' if count > 1 else ''}计 {plain(rounded(credit, 3))}"
            for (days, credit), count in self.figures.lateness().items()
        )

    def _index_line(self) -> str:
        scores = self.index.scores
        terms = "+".join(f"{WEIGHTS[aspect]}×{score.value}" for aspect, score in scores.items())
        missing = [SAID[aspect] for aspect in Aspect if aspect not in scores]
        rest = len(scores)
        left = _NUMERALS[rest] if rest > 1 else "其余"
        why = f"（{'、'.join(missing)}本期没有，权重摊给其余{left}样）" if missing and rest > 1 else ""
        return f"指数 100×({terms})÷{self.index.weight}={self.index.value}{why}"

    def _band_line(self) -> str:
        interval = f"90% 区间 {self.index.low}—{self.index.high}"
        if self.standing.band is Band.FEW:
            few = "折合不满" if self.figures.heavier else "不满"
            return f"{interval}；{few} 5 件，样本不足，不列档"
        if self.standing.above is None:
            return f"{interval}，列 {self.standing.band} 档"
        return (
            f"{interval}，没有够到上一档的界线 {self.standing.above}（上一档首位区间的下端），"
            f"列 {self.standing.band} 档"
        )


def _folded(found: Sequence[Weighed], score: Score) -> str:
    """Where the points and the count of a part come from when weights differ: Σw·x, Σw and Σw²."""
    tally = sum((Tally.alike(one.credit, one.count, one.weight) for one in found), Tally())
    points = _sum([(one.weight, plain(rounded(one.credit, 3))) for one in found], rounded(tally.credit, 3))
    weights = _sum([(one.weight, str(one.count)) for one in found], rounded(tally.weight, 0))
    squares = _sum([(one.weight**2, str(one.count)) for one in found], rounded(tally.squares, 0))
    w, x, s = (plain(rounded(each, 3)) for each in (tally.weight, tally.credit, tally.squares))
    return (
        f"得分 {points}，权重 {weights}，平方 {squares}，"
        f"折合 {w}×{w}÷{s}={plain(score.count)} 件、{w}×{x}÷{s}={plain(score.points)} 分"
    )


def _sum(terms: Sequence[tuple[int, str]], total: Decimal) -> str:
    """``12.889+3×2=18.889``."""
    said = "+".join(value if factor == 1 else f"{factor}×{value}" for factor, value in terms)
    return f"{said}={plain(total)}"


def explain(standing: Standing) -> Explanation | None:
    """None when nothing was counted in the whole group."""
    if standing.index is None:
        return None
    return Explanation(standing.index, standing.unit.figures, standing)


def heaviest(standing: Standing) -> str:
    """What cost the unit most, as a sentence; the group's average is not its fault."""
    figures = standing.unit.figures
    lost: list[tuple[Decimal, str]] = []
    sentences = {
        Aspect.TIMELY: f"{figures.late_count} 件晚报",
        Aspect.FIRST: f"{figures.once + figures.more} 件没有一次通过",
        Aspect.RESPONSE: f"{figures.asked - figures.answered} 次商请没按时答复",
        Aspect.HELP: f"{figures.helped * 3 - figures.yes} 项配合确认为“否”",
    }
    for aspect, score in (standing.index.scores if standing.index else {}).items():
        own = WEIGHTS[aspect] * (score.count - score.points) / (score.count + PRIOR)
        if own > 0:
            lost.append((own, sentences[aspect]))
    if not lost:
        scores = standing.index.scores.values() if standing.index else ()
        if any(score.count == 0 for score in scores):  # then the index may be low all the same
            return "办过的都没有失分；本期没有的几样按同组平均计。"
        return "没有失分。"
    return f"影响最大的是 {max(lost, key=lambda each: each[0])[1]}。"


def plain(value: Decimal) -> str:
    """Without zeros at the end: 15, 4.5, 14.889."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def numeral(number: int) -> str:
    """第一期, 第十二期; from a hundred on in figures."""
    if number <= 10:
        return _NUMERALS[number]
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "十" if tens == 1 else f"{_NUMERALS[tens]}十"
    return head + (_NUMERALS[ones] if ones else "")
