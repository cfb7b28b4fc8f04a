"""资源申请: how it reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.chat import Button, Card, card


@dataclass(frozen=True, slots=True)
class Said:
    """A request in words. ``name``: R7, empty before it has a number."""

    name: str
    applicant: str  #: 城管局 丁凯
    what: str  #: 云梯车 1 台
    period: str
    purpose: str
    owner: str  #: whose it is, or 督查室协调


def _rows(said: Said) -> list[tuple[str, str]]:
    return [
        ("要什么", said.what),
        ("时间", said.period),
        ("用途", said.purpose or "未写"),
        ("向谁", said.owner),
    ]


def to_check(said: Said, *, way: str) -> Card:
    """Before it leaves. ``way``: 罗局，环保局李娜."""
    return card(
        "资源申请，请核对",
        *_rows(said),
        ("流程", way),
        buttons=(Button("提交", "发出", "primary"), Button("修改", "修改")),
    )


def to_decide(said: Said, *, until: str, no: int, raised: bool = False, changed: bool = False) -> Card:
    """To who decides. ``until``: then it goes one level up; ``raised``: it came up; ``changed``: anew."""
    title = f"{said.name} 资源申请，请审批"
    remark = "上一级到时没有答复，转请您审批。" if raised else "内容改过，请按这一张审批。" if changed else ""
    return card(
        title,
        ("单位", said.applicant),
        *_rows(said),
        ("时限", until or "尽快"),
        remark=remark,
        buttons=(Button("同意", f"同意{said.name}", "primary"), Button("不同意", f"不同意{said.name}")),
        no=no,
    )


def concluded(said: Said, *, outcome: str, steps: Sequence[tuple[str, str]], total: str, reason: str) -> Card:
    """To the applicant: each unit's time, then the whole."""
    rows = [("要什么", said.what), ("时间", said.period)]
    rows += [("审批", f"{who}，{time}") for who, time in steps[:3]]
    rows.append(("合计", total))
    return card(f"{said.name} {outcome}", *rows, remark=f"理由：{reason}" if reason else "")


def stands(said: Said, *, state: str, steps: Sequence[str], mine: bool) -> Card:
    """R7: where it is."""
    rows = [("单位", said.applicant), ("要什么", said.what), ("时间", said.period), ("状态", state)]
    rows += [(f"第 {n} 步", step) for n, step in enumerate(steps[:2], start=1)]
    buttons = (Button("催办", f"催一下{said.name}"), Button("撤回", f"撤回{said.name}")) if mine else ()
    return card(f"{said.name} 资源申请", *rows, buttons=buttons)
