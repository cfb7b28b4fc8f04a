"""Figures to a unit, its objection, the office's answer."""

from datetime import date, datetime

from commands.calendar import say_date
from commands.ranking.cards.wording import say_until
from commands.ranking.rules.figures import Figures
from connectors.chat import MAX_VALUE, Button, Card, Text, card


def to_check(*, unit: str, span: str, figures: Figures, until: datetime, now: datetime, no: int) -> Card:
    """3.06, to the unit's liaison and its head."""
    counted = f"{figures.matters} 件，按时 {figures.on_time} 件"
    return card(
        "协作数据请核对",
        ("时段", span),
        ("本单位", f"{counted}（{unit}）"),
        remark=f"请在 {say_until(until, now=now)} 前核对，过时按无异议。",
        buttons=(
            Button("逐件看", "逐件看"),
            Button("无异议", "协作数据无异议", "primary"),
            Button("有异议", "协作数据有异议"),
        ),
        no=no,
    )


def checked(unit: str) -> Text:
    return Text(f"好，{unit}的协作数据没有异议，已记下。")


def objection_kept(said: str, *, until: date, now: datetime, left_out: bool) -> Text:
    """``left_out``: the matter does not count until it is answered; what is published stands till then."""
    meanwhile = "先不计" if left_out else "暂按已发布的"
    return Text(f"已记异议，{said} {meanwhile}，督查室 {say_date(until, now=now)}前答复。")


def objection(*, unit: str, by: str, said: str, counted: str, words: str, until: date, now: datetime) -> Card:
    """To the office."""
    return card(
        "协作数据有异议，请答复",
        ("单位", f"{unit} {by}"),
        ("事项", said),
        ("现计", counted),
        ("理由", words),
        ("时限", f"{say_date(until, now=now)}前"),
        remark=f"理由：{words}" if len(words) > MAX_VALUE else "",
        buttons=(Button("不计入", "异议不计入", "primary"), Button("维持", "异议维持")),
    )


def answered(said: str, *, excluded: bool, reason: str = "") -> Text:
    """To the unit."""
    if excluded:
        return Text(f"{said} 核实，不计入。")
    return Text(f"{said} 核实，维持原数据。理由：{reason}")


def answered_to_office(unit: str, said: str, *, excluded: bool) -> Text:
    return Text(f"已答复{unit}：{said} {'不计入' if excluded else '维持'}。")


def which_item(unit: str) -> str:
    return f"{unit}对哪一件有异议？请写编号和理由，例如“T7第2期不该算我们晚，点位当天才给”。"
