"""申请延期: how it reads. The original limit is always on it."""

from dataclasses import dataclass

from connectors.chat import Button, Card, card


@dataclass(frozen=True, slots=True)
class Said:
    """An extension in words. ``now``: the running limit, where it is not the original one any more."""

    name: str  #: T33
    ref: str  #: T33.2
    unit: str
    handler: str
    original: str
    now: str
    to: str
    workdays: int
    reason: str
    nth: int


def _limits(said: Said) -> list[tuple[str, str]]:
    rows = [("原时限", said.original)]
    if said.now:
        rows.append(("现时限", said.now))
    return rows


def to_check(said: Said, *, way: str) -> Card:
    """Shown to who asks, before it leaves. ``way``: 罗局审核，督查室定."""
    return card(
        f"{said.name} 申请延期，请核对",
        *_limits(said),
        ("延到", f"{said.to}，{said.workdays} 个工作日"),
        ("理由", said.reason),
        ("次数", f"第 {said.nth} 次"),
        ("流程", way),
        buttons=(Button("提交", "发出", "primary"), Button("修改", "修改")),
    )


def to_release(said: Said, *, no: int, remark: str = "") -> Card:
    """What the head of the unit decides on; ``remark``: in whose stead."""
    return card(
        f"请您审核：{said.name} 延期",
        ("经办", said.handler),
        *_limits(said),
        ("延到", f"{said.to}，第 {said.nth} 次"),
        ("理由", said.reason),
        buttons=(
            Button("同意报出", f"同意报出 {said.ref} 延期", "primary"),
            Button("退改", f"退改 {said.ref} 延期"),
        ),
        remark=remark,
        no=no,
    )


def to_decide(said: Said, *, no: int) -> Card:
    """What the office decides on."""
    return card(
        f"{said.unit}申请 {said.name} 延期",
        *_limits(said),
        ("延到", f"{said.to}，第 {said.nth} 次"),
        ("理由", said.reason),
        buttons=(
            Button("同意", f"同意{said.ref}延期", "primary"),
            Button("不同意", f"不同意{said.ref}延期"),
            Button("改日期", f"{said.ref}延期改到"),
        ),
        no=no,
    )
