"""请假 in words."""

from datetime import date, datetime

from commands.calendar import say_date
from connectors.chat import Button, Card, Text, card


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


def to_deputy(who: str, since: date, until: date, *, now: datetime) -> Card:
    """To who stands in."""
    return card(
        f"{who}请假，请您代办",
        ("时间", say_span(since, until, now=now)),
        remark=f"这几天{who}的提醒和待审批会发给您，卡片上写明是替谁；假期一过自动恢复。",
    )


def over(who: str) -> Text:
    """To who stood in."""
    return Text(f"{who}已取消请假，不用再代办。")
