"""Lists for people: a card while it fits, else a text."""

from collections.abc import Sequence

from commands.tasks.cards.described import NORMAL, Described, for_handler, merged, named, with_due
from commands.tasks.rules import Light
from connectors.chat import MAX_ROWS, Button, Card, Text, card

_PERIODS = 6  #: of a matter, told one by one
_MATTERS = 30  #: told one by one in one message


def mine(
    parts: Sequence[Described],
    *,
    unsigned: Sequence[Described],
    to_accept: Sequence[Described],
    to_release: Sequence[Described],
) -> Card | Text:
    """我的. The other three: what waits for a decision of this person's."""
    waits = [
        (f"等签收：{named(unsigned)}。" if unsigned else ""),
        (f"等您确认：{'、'.join(_others(part) for part in merged(to_accept))}。" if to_accept else ""),
        (f"等您同意报出：{named(to_release)}。" if to_release else ""),
    ]
    remark = "".join(waits)
    buttons = (Button("全部签收", "全部签收", "primary"),) if unsigned else ()
    if not parts:
        return Text(f"您名下没有在办的事项。{remark}", buttons=buttons)
    shown = merged(parts)
    return _listed(f"您的事项 {len(shown)} 项", [_row(part) for part in shown], remark, buttons)


def of_unit(unit: str, parts: Sequence[Described], *, with_lights: bool) -> Card | Text:
    """部门任务. Without lights in a group: who is late is nobody's business there."""
    if not parts:
        return Text(f"{unit}没有在办的事项。")
    rows = [_unit_row(part, with_lights=with_lights) for part in merged(parts)]
    return _listed(f"{unit}在办 {len(rows)} 项", rows, "", ())


def pressing(parts: Sequence[Described]) -> Text:
    """逾期: what is late, due next, or not signed; by unit."""
    late = [part for part in parts if part.light == Light.OVERDUE]
    near = [part for part in parts if part.light == Light.NEAR]
    unsigned = [part for part in parts if part.light not in (Light.OVERDUE, Light.NEAR)]
    lines: list[str] = []
    for name, of in (("逾期", late), ("快到期", near), ("没签收", unsigned)):
        shown = merged(of)
        if shown:
            lines += [f"{name} {len(shown)} 项：", *_by_unit(shown[:_MATTERS])]
        if len(shown) > _MATTERS:
            lines.append(
                f"· 另有 {len(shown) - _MATTERS} 项，请按单位问，例如“{shown[-1].unit}逾期的有哪些”。"
            )
    return Text("\n".join(lines) or "没有逾期的事项，也没有快到期和没签收的。")


def _by_unit(parts: Sequence[Described]) -> list[str]:
    """``· 城管局：T7 每周执法巡查，11月27日（周五），2 期；T9 …``."""
    found: dict[str, list[str]] = {}
    for part in parts:
        periods = f"{part.periods} 期" if part.periods > 1 else ""
        said = _joined(f"{part.name} {part.title}", part.limit or part.due, periods)
        found.setdefault(part.unit, []).append(said)
    return [f"· {unit}：{'；'.join(of)}" for unit, of in found.items()]


def _listed(
    title: str, rows: Sequence[tuple[str, str]], remark: str, buttons: tuple[Button, ...]
) -> Card | Text:
    if len(rows) <= MAX_ROWS:
        return card(title, *rows, remark=remark, buttons=buttons)
    lines = [f"【{title}】", *(f"{key} {value}" for key, value in rows)]
    if remark:
        lines.append(remark)
    return Text("\n".join(lines), buttons=buttons)


def _others(part: Described) -> str:
    """``T1 城管局``; ``T7 物业协会 2 期``."""
    return f"{part.name} {part.unit}" + (f" {part.periods} 期" if part.periods > 1 else "")


def _row(part: Described) -> tuple[str, str]:
    key, _ = for_handler(part)
    text = part.title if part.is_lead else f"配合{part.lead_unit}"
    return key, with_due(text, _when(part))


def _unit_row(part: Described, *, with_lights: bool) -> tuple[str, str]:
    role = "牵头" if part.is_lead else "配合"
    when = _when(part) if with_lights else part.due or "待明确"
    who = f"{role} {part.handler}" if part.handler else role
    return part.name, with_due(f"{who} {part.title}", when)


def _when(part: Described) -> str:
    due = part.due or "待明确"
    if part.state in ("待签收", "已报结", "待本单位同意报出"):
        return f"{due}，{part.state[:3]}"
    return due if part.light == NORMAL else f"{due}，{part.light}"


def whole(periods: Sequence[Sequence[Described]], *, history: Sequence[str], initiative: str) -> Text:
    """T12, with everybody in it and what happened; of several open periods a line each."""
    parts = periods[0]
    lead = parts[0]
    lines = [f"【{lead.name} {lead.title}】", f"专项：{initiative}"]
    if len(periods) == 1:
        lines += [
            f"{_role(one)}：{_joined(_who(one), one.content, one.limit or one.due, one.state, *_more(one))}"
            for one in parts
        ]
    else:
        lines.append(f"{_role(lead)}：{_joined(_who(lead), lead.due, f'在办 {len(periods)} 期')}")
        others = (part for of in periods for part in of[1:])
        lines += dict.fromkeys(f"{_role(part)}：{_joined(_who(part), part.content)}" for part in others)
        lines += [f"· {_of_period(of)}" for of in periods[:_PERIODS]]
        if len(periods) > _PERIODS:
            lines.append(f"· 另有 {len(periods) - _PERIODS} 期")
    if history:
        lines += ["办理记录：", *(f"· {line}" for line in history)]
    return Text("\n".join(lines))


def _of_period(parts: Sequence[Described]) -> str:
    """``11月20日（周五）一期：办理中，逾期；配合 物业协会 已报结``."""
    lead, *others = parts
    said = [_joined(lead.state, *_more(lead))]
    said += [_joined(f"配合 {part.unit} {part.state}", *_more(part)) for part in others]
    return f"{lead.limit or lead.due}一期：{'；'.join(said)}"


def _role(part: Described) -> str:
    return "牵头" if part.is_lead else "配合"


def _who(part: Described) -> str:
    return f"{part.unit} {part.handler}".strip()


def _more(part: Described) -> tuple[str, str]:
    """Its light, and when it was reported."""
    return "" if part.light == NORMAL else part.light, f"报出 {part.reported}" if part.reported else ""


def _joined(*words: str) -> str:
    return "，".join(word for word in words if word)
