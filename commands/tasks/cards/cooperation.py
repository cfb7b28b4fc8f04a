"""明确配合, 确认, 请补充: how they read."""

from collections.abc import Sequence

from commands.tasks.cards.described import Described, few, said_files, which_period, who, with_due
from connectors.chat import Button, Card, Row, card

_SEND = (Button("发出", "发出", "primary"), Button("修改", "修改"))


def demands_to_check(
    task: str, demands: Sequence[tuple[str, str, str]], *, limit: str, workdays_left: int, older: int = 0
) -> Card:
    """``demands``: unit, what, until when. ``limit``: the lead's own. ``older``: earlier periods for which
    it was not said in time."""
    rows = [(unit, with_due(what, due)) for unit, what, due in demands]
    remark = f"您的时限是 {limit}，收齐后还有 {workdays_left} 个工作日。" if limit else ""
    if older:
        remark += f"以前 {older} 期没写明的，不再要求配合。"
    return card(f"{task} 配合事项，请核对", *few(rows, 6), remark=remark, buttons=_SEND)


def reported_to_lead(
    part: Described,
    *,
    reported: str,
    files: Sequence[str],
    note: str,
    supplement: bool,
    lead_moved: str,
    no: int,
) -> Card:
    """What the lead's handler decides on. ``lead_moved``: the lead's new time limit, when this report
    came so late that it moved."""
    title = f"{part.unit}已补 {part.name} 材料" if supplement else f"{part.unit}已报 {part.name} 配合"
    rows = [*which_period(part), ("报出", reported)]
    if files:
        rows.append(("材料", said_files(files)))
    if note:
        rows.append(("说明", note))
    remark = f"{part.unit}报晚了，您的时限顺延到 {lead_moved}。" if lead_moved else ""
    return card(title, *rows, remark=remark, buttons=_accept_buttons(part), no=no)


def _accept_buttons(part: Described) -> tuple[Button, ...]:
    return (
        Button("确认", f"确认 {part.name} {part.unit}", "primary"),
        Button("请补充", f"{part.name} {part.unit}请补充"),
    )


def more_is_wanted(part: Described, *, reason: str, until: str, reported: str, no: int) -> Card:
    """请补充, to whoever has to add something."""
    return card(
        f"{part.name} 请补充",
        (part.lead_unit[:5], reason),
        ("时限", until),
        remark=f"原报出时间 {reported} 保留。" + (f"要补的是：{reason}" if len(reason) > 26 else ""),
        buttons=(Button("已补好", f"{part.name} 补好了", "primary"), Button("有异议", f"有异议 {part.name}")),
        tone="warning",
        no=no,
    )


def accepted(part: Described, *, returned: int) -> str:
    """What the co-operating unit is told."""
    how = f"晚 {part.late} 个工作日" if part.late else "按时"
    more = f"，补充 {returned} 次" if returned else ""
    return f"{part.name} 配合已由{part.lead_unit}确认，{how}{more}。"


def confirmed(part: Described, asked: Row, answers: Sequence[Button]) -> Card:
    """To the lead: done, and the three facts on the help they got, asked once and needing no answer."""
    return card(
        f"{part.name} 配合已确认",
        ("单位", part.unit),
        asked,
        remark=f"已告诉{part.unit}。三问只用于协作情况，不答也行。",
        buttons=(*answers, Button("撤回", "撤回")),
    )


def lead_contact(part: Described) -> str:
    return who(part.lead_unit, part.lead_handler)
