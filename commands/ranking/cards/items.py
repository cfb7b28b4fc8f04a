"""［逐件看］: every number opened down to its matters."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.ranking.cards.wording import Shown
from commands.ranking.rules.explaining import plain
from commands.ranking.rules.scoring import SHORTEST, first_credit, late_credit, rounded
from connectors.chat import Text

_LISTED = 60  #: matters told one by one; the rest is counted


@dataclass(frozen=True, slots=True)
class Line:
    """One matter. ``late`` 0: on time; ``excluded``: an objection, open or upheld, leaves it out."""

    said: str  #: ``T7 第 2 期``
    title: str
    due: str
    reported: str  #: empty: not reported by then
    late: int
    planned: int
    returned: int | None
    facts: tuple[bool, bool, bool] | None
    weight: int = 1
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class AnswerLine:
    said: str
    what: str
    due: str
    answered: str  #: empty: not by then
    in_time: bool
    excluded: str = ""


def items(unit: str, shown: Shown, lines: Sequence[Line], answers: Sequence[AnswerLine]) -> Text:
    """What cost something is told with its sum; what did not, by number."""
    costly = [line for line in lines if _cost(line) or line.excluded]
    fine = [_said(line) for line in lines if not (_cost(line) or line.excluded)]
    told = [f"{unit} {shown.nth}协作数据，{shown.span}"]
    told += [f"· {_tell(line)}" for line in costly[:_LISTED]]
    if len(costly) > _LISTED:
        told.append(f"· 另有 {len(costly) - _LISTED} 件，请找督查室要台账。")
    if fine:
        more = "" if len(fine) <= _LISTED else f" 等 {len(fine)} 件"
        told.append(f"按时、没有退回、三问都“是”的：{'、'.join(fine[:_LISTED])}{more}。")
    told += [f"· {_tell_answer(each)}" for each in answers[:_LISTED]]
    if len(told) == 1:
        told.append("这一期没有到时限的事项，也没有要答复的商请。")
    return Text("\n".join(told))


def _said(line: Line) -> str:
    return line.said if line.weight == 1 else f"{line.said}（权重 {line.weight}）"


def _cost(line: Line) -> bool:
    return bool(line.late or line.returned or (line.facts and not all(line.facts)))


def _tell(line: Line) -> str:
    parts = [f"{_said(line)} {line.title}：时限 {line.due}"]
    parts.append(f"{line.reported} 报" if line.reported else "统计时还没报")
    if line.late:
        planned = max(SHORTEST, line.planned)
        worth = plain(rounded(late_credit(line.late, line.planned), 3))
        whole = f"1−{line.late}÷{plain(rounded(planned, 1) / 2)}={worth}" if worth != "0" else "0"
        parts.append(f"晚 {line.late} 个工作日（计划 {line.planned} 个），计 {whole}")
    if line.returned:
        times = "1 次" if line.returned == 1 else "2 次以上"
        parts.append(f"退回 {times}，计 {plain(rounded(first_credit(line.returned), 1))}")
    if line.facts is not None and not all(line.facts):
        named = zip(("按时", "可用", "没有反复要"), line.facts, strict=True)
        parts.append("牵头单位答：" + "、".join(f"{name}{'是' if yes else '否'}" for name, yes in named))
    if line.excluded:
        parts.append(line.excluded)
    return "，".join(parts)


def _tell_answer(line: AnswerLine) -> str:
    answered = f"{line.answered} 答复" if line.answered else "统计时还没答复"
    verdict = "按时" if line.in_time else "没按时"
    tail = f"，{line.excluded}" if line.excluded else ""
    return f"商请 {line.said} {line.what}：{line.due} 前答复，{answered}，{verdict}{tail}"
