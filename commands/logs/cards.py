"""日报: how it reads back, as a draft, and who has none."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from commands.calendar import say_date
from commands.logs.rules import Said, by_task, refs_in
from connectors.chat import MAX_ROWS, MAX_VALUE, Button, Card, Text, card, shorten
from storage.models import LogKind

_LISTED = 20  #: units a text lists
_NAMED = 3  #: people named a unit; the rest is counted
_COUNTED = (
    "处家户起件份条场人次个名项批辆吨张栋"  #: what figures count; days, hours and house numbers are not
)
_FIGURE = re.compile(rf"(?:^|(?<=[\u4e00-\u9fff，。；、：（]))(\d+(?:\.\d+)?)(?=[{_COUNTED}])")
_LOOKED_AT = re.compile(r"(?:^|(?<=[，。；、]))查了?(?= \d+ [处家户])")
_NEXT_FIGURE = re.compile(rf"(?<= [{_COUNTED}])、(?=[\u4e00-\u9fff]{{2,6}} \d)")


def title_of(kind: LogKind, day: date, *, now: datetime, late: bool = False, verb: str = "已记") -> str:
    """``日报已记 12月9日（周三）``; 补 for an earlier day."""
    match kind:
        case LogKind.DAY:
            return f"日报{verb}{'（补）' if late else ''} {say_date(day, now=now)}"
        case LogKind.WEEK:
            end = day + timedelta(days=4)
            return f"周小结{verb} {day.month}月{day.day}日至{end.month}月{end.day}日"
        case LogKind.MONTH:
            return f"月小结{verb} {day.year}年{day.month}月"


def tidied(text: str) -> str:
    """``查了12处、劝导9起`` → ``检查 12 处，劝导 9 起``: as shown; what is kept are the person's own words.

    Only figures that count something are set apart. What would no longer fit a row stays as it was said.
    """
    apart = re.sub(r"(?<=[\u4e00-\u9fff])\0", " ", _FIGURE.sub("\0\\1 ", text)).replace("\0", "")
    tidy = _NEXT_FIGURE.sub("，", _LOOKED_AT.sub("检查", apart))
    return tidy if len(tidy) <= MAX_VALUE else text


def rows_of(said: Said) -> list[tuple[str, str]]:
    """One row a matter, then what names none, then the rest."""
    rows = [(f"T{number}", tidied(note)) for (number, _), note in by_task(said.done).items()]
    others = [text for text in said.done if not refs_in(text)]
    ahead = "明天" if said.kind is LogKind.DAY else "下步"
    for key, texts in (
        ("其他" if rows else "做了", others),
        ("问题", said.issues),
        ("需要", said.needs),
        (ahead, said.plan),
    ):
        if texts:
            rows.append((key, tidied("；".join(texts))))
    return rows


def kept(
    said: Said,
    *,
    now: datetime,
    late: bool,
    updated: Sequence[str],
    added_to: datetime | None,
    notes: str = "",
) -> Card:
    """The echo. ``updated``: matters whose progress it wrote; ``added_to``: the log it was added to."""
    remark = f"{'、'.join(updated)} 进展已一并更新，不用再报。" if updated else ""
    if added_to is not None:
        remark = f"接在 {added_to:%H:%M} 那条后面，原来的还在。{remark}"
    return card(
        title_of(said.kind, said.day, now=now, late=late),
        *rows_of(said),
        remark=remark + notes,
        buttons=(Button("更正", "更正日报"), Button("撤回", "撤回")),
    )


def corrected(said: Said, *, now: datetime, late: bool, updated: Sequence[str], notes: str = "") -> Card:
    remark = f"{'、'.join(updated)} 进展已一并更正。" if updated else ""
    return card(
        title_of(said.kind, said.day, now=now, late=late, verb="已更正"),
        *rows_of(said),
        remark=f"{remark}原来的留在办理记录里。{notes}",
        buttons=(Button("更正", "更正日报"), Button("撤回", "撤回")),
    )


def drafted(said: Said, *, now: datetime) -> Card:
    return card(
        f"日报草稿 {say_date(said.day, now=now)}",
        *rows_of(said),
        remark="按今天的办理记录起草。要改或者要加明天的安排，直接说“日报：…”。",
        buttons=(Button("记下", "发出", "primary"), Button("修改", "修改")),
    )


def missing(by_unit: Mapping[str, Sequence[str]], day: date, *, now: datetime) -> Card | Text:
    """Who has work in hand and said nothing of it, by unit."""
    title = f"没交日报 {say_date(day, now=now)}"
    about = "有在办事项、当天没报进展也没交日报的才算，请假的、当天才下发的不算。日报不计分。"
    if not by_unit:
        return Text(f"{say_date(day, now=now)}都交了日报或报了进展。")
    rows = [(unit, _people(names)) for unit, names in by_unit.items()]
    if len(rows) <= MAX_ROWS and all(len(unit) <= 5 for unit, _ in rows):
        return card(title, *rows, remark=about)
    lines = [f"{unit}：{said}" for unit, said in rows[:_LISTED]]
    if len(rows) > _LISTED:
        lines.append(f"另有 {len(rows) - _LISTED} 个单位")
    return Text("\n".join([title, *lines, about]))


def _people(names: Sequence[str]) -> str:
    few = "、".join(names[:_NAMED]) + ("等" if len(names) > _NAMED else "")
    return shorten(f"{len(names)} 人，{few}", MAX_VALUE)


def reminder(day: date, number: int, *, now: datetime) -> Text:
    """``number``: of something the reader has in hand. The first line fits a card's title."""
    return Text(
        f"{say_date(day, now=now)}还没收到您的进展或日报\n"
        f"一句话就行，例如：日报：T{number} 做了什么；明天做什么。",
        buttons=(Button("写日报", "写日报"),),
    )
