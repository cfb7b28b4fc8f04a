"""What everybody reads, and what a unit reads about itself."""

from collections.abc import Sequence
from datetime import date, datetime

from commands.calendar import say_date
from commands.ranking.cards.wording import SAID, Shown
from commands.ranking.rules.bands import Band, Standing
from commands.ranking.rules.explaining import heaviest
from commands.ranking.rules.scoring import FACTS, FEWEST, PRIOR
from connectors.chat import MAX_TITLE, MAX_VALUE, Button, Card, Text, card

_SEEN = "看四样：按时、一次通过、答复及时、配合；不看日志条数和开会次数。"

OVERDUE_TOLD = 5  #: overdue matters named in one answer; the count is of all


def published(shown: Shown, *, object_until: date, now: datetime, corrected: bool = False) -> Card | Text:
    """3.08, to the groups. Where the names do not fit on a card, it is a text."""
    title = f"{shown.title}部门协作情况（{shown.nth}{'更正' if corrected else ''}）"
    until = say_date(object_until, now=now)
    remark = f"同档按机构序，不分先后。{_SEEN}对本单位数据有异议，{until}前提出。"
    buttons = (Button("看算法", "看算法"), Button("本单位", "本单位协作情况"))
    if len(title) > MAX_TITLE or any(len(names) > MAX_VALUE for _, names in shown.rows()):
        return Text("\n".join([title, f"时段：{shown.span}", *shown.lines(), remark]), buttons=buttons)
    return card(title, ("时段", shown.span), *shown.rows(), remark=remark, buttons=buttons)


def alt(shown: Shown) -> str:
    """The picture in words."""
    return "\n".join([f"{shown.title}部门协作情况（{shown.nth}）{shown.span}", *shown.lines()])


def own(unit: str, standing: Standing, shown: Shown, *, settled: bool) -> Card:
    """3.09, to somebody of the unit. ``settled``: decided on; before that no band is said."""
    figures, index = standing.unit.figures, standing.index
    what = f"{SAID[standing.band]}" if settled else f"{shown.nth}，核对中"
    title = f"{unit} {what}" + (f"，{index.value}" if index and standing.band is not Band.FEW else "")
    rows = [("按时", _timely(figures.matters, figures.on_time, figures.late_count))]
    if figures.accepted:
        rows.append(("一次通过", f"{figures.accepted} 件，{figures.passed} 件一次过"))
    if figures.asked:
        rows.append(("答复及时", f"{figures.asked} 次，{figures.answered} 次按时"))
    if figures.helped:
        rows.append(("配合", f"{figures.helped * FACTS} 项确认，{figures.yes} 项“是”"))
    few = f"不满 {FEWEST} 件，样本不足，不列档。" if standing.band is Band.FEW else heaviest(standing)
    return card(
        title,
        *rows,
        remark=few,
        buttons=(Button("逐件看", "逐件看"), Button("看算法", "看算法"), Button("有异议", "协作数据有异议")),
        no=shown.no,
    )


def _timely(matters: int, on_time: int, late: int) -> str:
    if not matters:
        return "本期没有到时限的事项"
    return f"{matters} 件，{on_time} 件按时" + (f"，{late} 件晚" if late else "")


def method(lines: Sequence[str]) -> Text:
    """［看算法］ of one unit."""
    return Text("\n".join(lines))


def method_for_all() -> Text:
    """［看算法］ for those who have no figures of their own."""
    return Text(
        "\n".join(
            [
                f"协作情况只看单位，不看个人；{_SEEN}",
                "按时：按时报的计 1；晚了按工作日递减，晚满计划工作日的一半（至少 3 天）计 0。",
                "一次通过：一次过的计 1，退一次计 0.5，再退计 0。",
                "答复：两个工作日内答复商请的计 1，“暂不能”写明理由也算。",
                "配合：牵头单位确认时答三问（按时、可用、没有反复要），计“是”的比例。",
                f"每样都折算：（本单位得数＋{PRIOR}×同组平均）÷（件数＋{PRIOR}），件数少的不吃亏，也不占便宜。",
                "指数 100×（0.30×按时＋0.20×一次通过＋0.20×答复＋0.20×配合＋0.10×互评），"
                "本期没有的，权重摊给其余。",
                f"按 90% 区间分档，分不出先后的同档，同档按机构序；不满 {FEWEST} 件的不列档。",
            ]
        )
    )


def not_published(shown: Shown) -> Text:
    return Text(f"{shown.title}{shown.nth}协作情况还没有发布。本单位的数据请说“本单位协作情况”。")


def slowest(overdue: Sequence[tuple[int, str, str]], units: int, lagging: Sequence[str]) -> Text:
    """3.10. ``overdue``: number, unit, until when; ``lagging``: of whom four weeks allow to say so."""
    if overdue:
        listed = "；".join(
            f"T{number} {unit}{f'，{until}前补齐' if until else ''}"
            for number, unit, until in overdue[:OVERDUE_TOLD]
        )
        listed += "等" if len(overdue) > OVERDUE_TOLD else ""
        late = len({unit for _, unit, _ in overdue})
        rest = units - late
        others = f"其余{_few(rest)}家没有逾期。" if rest > 0 else ""
        now = f"现在逾期 {len(overdue)} 件：{listed}。{others}"
    else:
        now = "现在没有逾期的事项。"
    if lagging:
        return Text(f"{now}看四周数据，{'、'.join(lagging)}按时率明显低于平均。")
    return Text(f"{now}单看四周数据，还不足以说哪家慢。")


def _few(count: int) -> str:
    return "零一两三四五六七八九十"[count] if count <= 10 else f" {count} "
