"""进展, 报结, 报出, 审核: how they read."""

from collections.abc import Sequence

from commands.tasks.cards.described import Described, said_files, which_period
from connectors.chat import MAX_KEY, Button, Card, card, shorten
from storage.models import ObligationState

_UNDO = Button("撤回", "撤回")
#: What somebody who is not the office is told of a matter that needs no report (any more).
_HOW_FAR = {
    ObligationState.RELEASING: "已报结，等本单位同意报出",
    ObligationState.SUBMITTED: "已报结，等督查室审核",
    ObligationState.DONE: "已审核通过",
    ObligationState.CANCELLED: "已终止",
}


def progress_kept(part: Described, *, note: str, percent: int | None, signed: bool, in_group: bool) -> Card:
    """The echo of 进展. ``signed``: it signed for the matter as well. In a group nobody reads who is late."""
    rows = [("内容", note)] if note else []
    if percent is not None:
        rows.append(("完成", f"{percent}%"))
    light = "" if in_group and part.light != "正常" else part.light
    rows.append(("时限", "，".join(said for said in (part.limit, light) if said) or "未定"))
    remark = "还没签收的，已一并签收。" if signed else ""
    buttons = (Button("更正", f"更正 {part.name}"), _UNDO)
    return card(f"{part.name} 进展已记", *rows, remark=remark, buttons=buttons)


def report_to_check(
    part: Described,
    *,
    files: Sequence[str],
    note: str,
    first_to: str,
    then_to: str,
    waiting_for: Sequence[str],
    missing: Sequence[str],
) -> Card:
    """报结 before it leaves. ``first_to``: the own unit's head, when needed; ``waiting_for``: units whose
    co-operation is not confirmed yet; ``missing``: files whose content has not arrived."""
    rows = [*which_period(part), ("材料", said_files(files) if files else "没有附材料")]
    if note:
        rows.append(("说明", note))
    if first_to:
        rows += [("先送", f"{first_to} 审核"), ("再送", then_to)]
    else:
        rows.append(("送", then_to))
    remark = "" if files else "要附材料，请先把文件私聊发给我，再说一遍。"
    if waiting_for:
        remark = f"{'、'.join(waiting_for)}的配合还没确认，确认以后才能审核。"
    if missing:
        first = said_files(missing[:1])
        remark += f"{f'《{first}》' if first == missing[0] else '文件'}还在接收，收到后一并转去。"
    return card(
        f"{part.name} 报结，请核对",
        *rows,
        remark=remark,
        buttons=(Button("提交", "发出", "primary"), Button("换材料", "修改")),
    )


def to_release(part: Described, *, files: Sequence[str], note: str, to: str, no: int, away: str = "") -> Card:
    """What the head of the unit decides on. ``away``: in whose stead the reader does."""
    rows = [("经办", part.handler), ("报给", to), ("材料", said_files(files) if files else "没有附材料")]
    if note:
        rows.append(("说明", note))
    rows.append(("时限", part.limit or "未定"))
    return card(
        f"请您审核：{part.name} 报出",
        *rows,
        buttons=(
            Button("同意报出", f"同意报出 {part.name}", "primary"),
            Button("退改", f"退改 {part.name}"),
        ),
        remark=said_in_stead(away),
        no=no,
    )


def said_in_stead(away: str) -> str:
    """To who stands in for a head."""
    return f"{away}请假，请您代{away}审核，记录里写明是您代办的。" if away else ""


def to_verify(
    part: Described, *, reported: str, files: Sequence[str], note: str, waiting_for: Sequence[str], no: int
) -> Card:
    """What the office decides on."""
    rows = [("事项", part.title), *which_period(part), ("报出", reported)]
    if files:
        rows.append(("材料", said_files(files)))
    if note:
        rows.append(("说明", note))
    remark = f"{'、'.join(waiting_for)}的配合还没确认。" if waiting_for else ""
    return card(
        f"{part.unit} {part.name} 报结，请审核",
        *rows,
        remark=remark,
        buttons=(
            Button("通过", f"通过 {part.name}", "primary"),
            Button("退回重办", f"退回重办 {part.name}"),
        ),
        no=no,
    )


def sent_back(part: Described, *, reason: str, no: int) -> Card:
    """退回重办 by the office, to the handler and the liaison."""
    return _again(f"{part.name} 退回重办", part, reason, "督查室", no)


def revised(part: Described, *, reason: str, by: str, no: int) -> Card:
    """退改 by the unit's own head, to the handler."""
    return _again(f"{part.name} 退改", part, reason, by, no)


def _again(title: str, part: Described, reason: str, by: str, no: int) -> Card:
    who = [(by, reason)] if len(by) <= MAX_KEY else [("审核", by), ("理由", reason)]
    return card(
        title,
        *who,
        ("时限", f"{part.limit}，不变" if part.limit else "未定"),
        remark=f"理由：{shorten(reason, 60)}。改好后请说“{part.name} 报结”。",
        buttons=(Button("报结", f"{part.name} 报结"),),
        tone="warning",
        no=no,
    )


def not_yours_to_verify(part: Described, *, own: bool, state: ObligationState, recurring: bool) -> Card:
    """Said privately to whoever says 通过 and is not the office."""
    now = _HOW_FAR.get(state, f"还没报结，{part.limit}到时" if part.limit else "还没报结")
    reported = state in _HOW_FAR
    if recurring and state is not ObligationState.CANCELLED:
        now = f"本期{now}"
    remark = f"要报结请说“{part.name} 报结”，并把材料发给我。" if not reported else ""
    if own:
        remark = f"本单位报的，不由本单位审核。{remark}"
    buttons = (Button("报结", f"{part.name} 报结"),) if own and not reported else ()
    return card(f"{part.name} 由督查室审核", ("现状", now), remark=remark, buttons=buttons)
