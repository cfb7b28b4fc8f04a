"""请假 in words."""

from collections.abc import Sequence
from datetime import date, datetime

from commands.calendar import say_date
from connectors.chat import Button, Card, Text, card, few

_NAMED = 3  #: numbers on one row


def say_span(since: date, until: date, *, now: datetime) -> str:
    """``12月9日（周三）—12月11日（周五）``; one day alone."""
    first = say_date(since, now=now)
    return first if since == until else f"{first}—{say_date(until, now=now)}"


def taken(since: date, until: date, *, deputy: str, standing: bool, now: datetime) -> Card:
    """To who is away. ``standing``: nobody was named, their B角 stands in."""
    if deputy:
        remark = f"这几天的提醒和审批发给{deputy}，事项仍由您负责；假期一过自动恢复。"
    else:
        remark = "没有写由谁代，提醒仍发给您。可以重说一遍，例如：请假到周三，由王五代。"
    return card(
        "请假已记",
        ("时间", say_span(since, until, now=now)),
        ("代办", (f"{deputy}（B角）" if standing and deputy else deputy) or "未指定"),
        remark=remark,
        buttons=(Button("取消", "取消请假"),),
    )


def to_deputy(who: str, since: date, until: date, waits: Sequence[str], *, now: datetime) -> Card:
    """To who stands in. ``waits``: reports that wait for a word of theirs now."""
    rows = [("时间", say_span(since, until, now=now))]
    if waits:
        rows.append(("等您", f"同意报出 {few(waits, _NAMED)}"))
    return card(
        f"{who}请假，请您代办",
        *rows,
        remark=(
            f"这几天{who}的提醒和待审批会发给您，卡片和记录上写明是代谁办的；您自己经办的不能代为审核。"
            "假期一过自动恢复。"
        ),
        buttons=(Button("同意报出", f"同意报出 {waits[0]}"),) if len(waits) == 1 else (),
    )


def over(who: str) -> Text:
    """To who stood in."""
    return Text(f"{who}已取消请假，不用再代办。")
