"""Lists for people: a card while it fits, else a text."""

from collections.abc import Mapping, Sequence

from commands.tasks.cards.described import Described, for_handler, named, with_due
from connectors.chat import MAX_ROWS, Button, Card, Text, card

_NORMAL = "正常"


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
        (f"等您确认：{'、'.join(p.ref for p in to_accept)}。" if to_accept else ""),
        (f"等您同意报出：{'、'.join(p.ref for p in to_release)}。" if to_release else ""),
    ]
    remark = "".join(waits)
    buttons = (Button("全部签收", "全部签收", "primary"),) if unsigned else ()
    if not parts:
        return Text(f"您名下没有在办的事项。{remark}", buttons=buttons)
    return _listed(f"您的事项 {len(parts)} 项", [_row(part) for part in parts], remark, buttons)


def of_unit(unit: str, parts: Sequence[Described], *, with_lights: bool) -> Card | Text:
    """部门任务. Without lights in a group: who is late is nobody's business there."""
    if not parts:
        return Text(f"{unit}没有在办的事项。")
    rows = [_unit_row(part, with_lights=with_lights) for part in parts]
    return _listed(f"{unit}在办 {len(parts)} 项", rows, "", ())


def _listed(
    title: str, rows: Sequence[tuple[str, str]], remark: str, buttons: tuple[Button, ...]
) -> Card | Text:
    if len(rows) <= MAX_ROWS:
        return card(title, *rows, remark=remark, buttons=buttons)
    lines = [f"【{title}】", *(f"{key} {value}" for key, value in rows)]
    if remark:
        lines.append(remark)
    return Text("\n".join(lines), buttons=buttons)


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
    return due if part.light == _NORMAL else f"{due}，{part.light}"


def whole(
    parts: Sequence[Described], *, history: Sequence[str], reports: Mapping[str, str], initiative: str
) -> Text:
    """T12, with everybody in it and what happened."""
    lead = parts[0]
    lines = [f"【{lead.name} {lead.title}】", f"专项：{initiative}"]
    for part in parts:
        role = "牵头" if part.is_lead else f"配合 {part.ref}"
        what = [f"{part.unit} {part.handler}".strip(), part.content, part.limit or part.due, part.state]
        if part.light != _NORMAL:
            what.append(part.light)
        if reports.get(part.ref):
            what.append(f"报出 {reports[part.ref]}")
        lines.append(f"{role}：{'，'.join(w for w in what if w)}")
    if history:
        lines += ["办理记录：", *(f"· {line}" for line in history)]
    return Text("\n".join(lines))
