"""What the leader decides on, and what the office records for them."""

from datetime import date, datetime
from enum import StrEnum

from commands.calendar import say_date
from commands.ranking.cards.wording import Shown
from connectors.chat import Button, Card, Text, card


class Decision(StrEnum):
    PUBLISH = "publish"
    UNITS = "units"
    HOLD = "hold"


SAID: dict[Decision, str] = {
    Decision.PUBLISH: "同意发布",
    Decision.UNITS: "只发各单位",
    Decision.HOLD: "暂缓发布",
}


def to_decide(shown: Shown, *, objections: tuple[int, int], groups: int, day: date, now: datetime) -> Card:
    """3.07. ``objections``: how many there were, how many are still open."""
    made, left = objections
    said = "没有" if not made else f"{made} 件，{f'{left} 件未答复' if left else '已办结'}"
    return card(
        f"请您审定：{shown.nth}协作情况",
        *shown.rows(),
        ("异议", said),
        ("发布到", f"{groups} 个工作群，{say_date(day, now=now)}"),
        buttons=(
            Button("同意发布", f"同意发布{shown.nth}", "primary"),
            Button("发各单位", f"发各单位{shown.nth}"),
            Button("暂缓", f"暂缓发布{shown.nth}"),
        ),
        no=shown.no,
    )


def decided(shown: Shown, decision: Decision, *, groups: int, day: date, now: datetime, by: str = "") -> Text:
    """``by``: for those who did not decide it themselves."""
    who = f"{by}：" if by else ""
    what = f"{shown.nth}协作情况"
    match decision:
        case Decision.PUBLISH:
            rest = f"同意发布{what}，{say_date(day, now=now)}发到 {groups} 个工作群。"
        case Decision.UNITS:
            rest = f"{what}只发各单位，各看各的，不在群里发布。"
        case Decision.HOLD:
            rest = f"{what}暂缓发布。要再看请说“看发布”。"
    return Text(f"{who}{rest}")


def to_record(leader: str, shown: Shown, decision: Decision, way: str) -> Card:
    """代录, before it counts."""
    return card(
        "代录，请核对",
        ("领导", leader),
        ("意见", f"{SAID[decision]}{shown.nth}"),
        ("方式", way),
        buttons=(Button("记录", "发出", "primary"), Button("修改", "修改")),
    )


def recorded_for_you(officer: str, shown: Shown, decision: Decision, way: str) -> Text:
    """To the leader, who may say that it is wrong."""
    return Text(
        f"{officer}代您记录：{way}{SAID[decision]}{shown.nth}协作情况。",
        buttons=(Button("有误", "代录有误"),),
    )


def recorded(leader: str, shown: Shown, decision: Decision) -> Text:
    return Text(f"已记：{leader}{SAID[decision]}{shown.nth}协作情况，已告知{leader}。")


def record_undone(leader: str, shown: Shown) -> Text:
    return Text(f"{leader}说代录有误：{shown.nth}协作情况回到待审定，请再核实。")


def nobody_decides(shown: Shown) -> Text:
    """To the office, where the initiative has no leader."""
    return Text(
        f"{shown.title}{shown.nth}协作情况已核对完，可是还没有指定领导，没法审定。"
        f"领导定了以后，请说“代录 领导当面同意发布{shown.nth}”。"
    )
