"""A division of work before 下发: what was read, what is asked, what would go out."""

from collections.abc import Sequence
from datetime import datetime

from commands.calendar import SHANGHAI, WEEKDAYS, say_date
from commands.initiatives.cards.wording import limit_of
from commands.initiatives.overview import Overview
from commands.initiatives.rules import WEEKLY, numbers
from connectors.chat import MAX_VALUE, Button, Card, Row, Text, card, shorten
from storage.models import Obligation, Task

_WHOLE = Button("看全表", "看全表")
_AGAIN = Button("重新传", "重新传")
_TEXT_CHARACTERS = 620  #: three bytes each; the shortest text message of a platform holds 2,048 bytes
_OFFERED = (0, 2, 4)  #: Monday, Wednesday, Friday: the days offered as buttons


def division_read(seen: Overview, *, now: datetime) -> Card:
    """1.01: what was read, what has to be asked, what is still open. Nobody was told yet."""
    initiative = seen.initiative
    cooperations = seen.cooperations()
    leads = {one.unit_id for _, one in seen.leads()}
    said = f"{len(seen.tasks)} 项，{len(leads)} 家牵头"
    rows = [
        Row("专项", f"{initiative.title}，{say_date(initiative.starts_on, now=now)}启动"),
        Row("事项", said + (f"，配合 {len(cooperations)} 项次" if cooperations else "")),
    ]
    if seen.without_day:
        listed = numbers((task.number for task in seen.without_day), "、")
        if len(listed) > 12:
            listed = f"{len(seen.without_day)} 项"
        rows.append(Row("问一处", f"{listed} 只写“每周”，定周几？"))
    if cooperations:
        rows.append(Row("待明确", f"{len(cooperations)} 项配合都没写要什么"))
    rows += _provisional(seen, now)
    rows += _weights(seen)
    next_ = "都按周五" if seen.without_day else "预览"
    return card(
        "任务分工表已读，请核对",
        *rows,
        remark=_read_remark(seen),
        buttons=(Button(next_, next_, "primary"), _WHOLE, _AGAIN),
    )


def _provisional(seen: Overview, now: datetime) -> list[Row]:
    if not seen.provisional:
        return []
    first, *more = seen.provisional
    said = f"T{first[0].number} {limit_of(*first, now=now)}"
    return [Row("暂定", f"{said}等 {len(more) + 1} 项" if more else said)]


def _weights(seen: Overview) -> list[Row]:
    """Those that weigh more than 1 in the ranking."""
    heavy: dict[int, list[int]] = {}
    for task in seen.tasks:
        if task.weight > 1:
            heavy.setdefault(task.weight, []).append(task.number)
    said = "；".join(f"{weight}：{numbers(heavy[weight], '、')}" for weight in sorted(heavy))
    if len(said) > MAX_VALUE:
        said = "；".join(f"{weight}：{len(heavy[weight])} 项" for weight in sorted(heavy))
    return [Row("权重", f"{said}；其余 1")] if heavy else []


def _read_remark(seen: Overview) -> str:
    parts = []
    if seen.provisional:
        years = sorted(
            {one.due_at.astimezone(SHANGHAI).year for _, one in seen.provisional if one.due_at is not None}
        )
        which = numbers((task.number for task, _ in seen.provisional), "、")
        parts.append(f"{years[-1]} 年放假安排尚未公布，{shorten(which, 24)} 先按周末和元旦推算，公布后复核。")
    if seen.busiest:
        parts.append(f"{seen.busiest[0]}配合 {seen.busiest[1]} 项，最多。")
    return "".join([*parts, "现在都是草稿，没有发给任何人。"])


def weekly_day_set(tasks: Sequence[tuple[Task, Obligation]], day: int, *, now: datetime) -> Card:
    """1.02."""
    which = numbers((task.number for task, _ in tasks), "、")
    firsts = sorted(one.due_at for _, one in tasks if one.due_at is not None)
    return card(
        f"{which if len(which) <= 14 else f'{len(tasks)} 项'} 定为每周{WEEKDAYS[day]}",
        ("首期", say_date(firsts[0].astimezone(SHANGHAI).date(), now=now)),
        ("遇放假", "顺延到下一个工作日"),
        buttons=(Button("预览", "预览", "primary"), Button("修改", "改周几")),
    )


def ask_weekly_day(tasks: Sequence[Task]) -> Text:
    which = numbers((task.number for task in tasks), "、")
    buttons = tuple(Button(f"周{WEEKDAYS[day]}", f"都按周{WEEKDAYS[day]}") for day in _OFFERED)
    return Text(f"{which} 定周几？也可以直接说，例如“都按周四”。", buttons=buttons)


def preview(
    seen: Overview, *, groups: int, liaisons: int, heads: int, missing: Sequence[str], basis: str
) -> Text:
    """1.05. ``missing``: units that nobody receives for."""
    lines = [f"{seen.names[share.unit_id]}：{share.says()}" for share in seen.shares]
    total = groups + liaisons + heads
    if total:
        parts = [(groups, f"{groups} 个群"), (liaisons, f"{liaisons} 位联络员")]
        said = [word for count, word in [*parts, (heads, f"{heads} 位分管负责人（知悉）")] if count]
        lines.append(f"将发 {total} 条：{'、'.join(said)}各 1 条。")
    if missing:
        lines.append(f"{'、'.join(missing)}还没有可以接收的人，先在通讯录里补上联络员。")
    if not groups:
        lines.append("还没有确认的工作群，群里不发。")
    lines.append(f"依据：{basis}。" if basis else "请写明依据（文号或会议）。")
    if seen.without_day:
        lines.append(f"{numbers((t.number for t in seen.without_day), '、')} 还没定周几，定了才能下发。")
    buttons = (Button("下发", "下发", "primary"), Button("呈审定", "呈审定"), Button("暂不发", "暂不下发"))
    return Text("\n".join(lines), buttons=buttons)


def whole_table(seen: Overview, *, now: datetime, unit_id: int | None = None) -> Text:
    """Every matter with its units and limits; only those of ``unit_id`` when given."""
    lines = [f"{seen.initiative.title}（{say_date(seen.initiative.starts_on, now=now)}启动）"]
    for task in seen.tasks:
        of = [one for each, one in seen.parts if each.id == task.id]
        if unit_id is not None and all(one.unit_id != unit_id for one in of):
            continue
        lead, others = of[0], of[1:]
        said = f"T{task.number} {task.title}：{seen.names[lead.unit_id]}牵头"
        if others:
            said += f"，{'、'.join(seen.names[one.unit_id] for one in others)}配合"
        every = task.recurrence == WEEKLY
        said += f"；{'每周，未定周几' if every else limit_of(task, lead, now=now)}"
        said += "（暂定）" if task.provisional else ""
        said += f"；权重 {task.weight}" if task.weight > 1 else ""
        lines.append(said + (f"；成果：{task.outcome}" if task.outcome else ""))
    if len(lines) == 1:
        lines.append("没有事项。")
    return Text("\n".join(_readable(lines)))


def _readable(lines: list[str]) -> list[str]:
    """As many as every platform shows in one message; the rest is counted."""
    room = _TEXT_CHARACTERS
    for shown, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return [*lines[:shown], f"还有 {len(lines) - shown} 项，请说编号逐项看，例如“T1”。"]
    return lines


def send_again() -> Text:
    return Text("好，请把改好的任务分工表发给我，再说一遍“新建专项…”。编号不变，原来的草稿由新表代替。")
