"""下发, its 撤回, and who has signed."""

from collections.abc import Sequence
from datetime import datetime

from commands.calendar import SHANGHAI, say_date
from commands.initiatives.cards.wording import acknowledge_until, key_of, limit_of
from commands.initiatives.overview import Overview
from commands.initiatives.rules import Share, numbers_within
from connectors.chat import MAX_ROWS, MAX_VALUE, Button, Card, Row, Text, card, shorten
from storage.models import Obligation, Task, Unit


def dispatched(seen: Overview, *, sent: int, now: datetime) -> Card:
    """1.06, to the office."""
    initiative = seen.initiative
    return card(
        f"{initiative.title}已下发",
        ("依据", initiative.basis),
        ("事项", f"{len(seen.tasks)} 项，已发 {sent} 条"),
        ("签收", f"{acknowledge_until(initiative, now=now)}前"),
        remark="10 分钟内可撤回，撤回时会告知已收到的人。",
        buttons=(Button("看签收", "看签收"), Button("撤回", "撤回", "danger")),
        tone="good",
    )


def dispatched_to_group(
    seen: Overview,
    mine: Sequence[tuple[Unit, Share]],
    *,
    receivers: Sequence[str],
    bot_name: str,
    now: datetime,
) -> Card:
    """To a work group, where people mention ``bot_name``: what its own units have. One line a unit."""
    rows = [Row(key_of(unit), share.says(within=MAX_VALUE)) for unit, share in mine]
    soonest = seen.soonest([unit.id for unit, _ in mine])
    if soonest is not None:
        task, at = soonest
        rows.append(Row("最近", f"T{task.number} {say_date(at.astimezone(SHANGHAI).date(), now=now)}"))
    who = f"联络员{'、'.join(receivers)}已收到。" if receivers else ""
    return card(f"{seen.initiative.title}任务已下发", *rows, remark=f"{who}看清单请说：@{bot_name} 部门任务")


def to_sign(seen: Overview, unit: Unit, *, now: datetime) -> Card:
    """To the unit's liaison: what it leads has to be signed for; what it co-operates in waits."""
    leads, cooperations = seen.leads(unit.id), seen.cooperations(unit.id)
    room = MAX_ROWS - bool(cooperations)
    shown = leads if len(leads) <= room else leads[: room - 1]
    rows = [Row(f"T{task.number}", _matter(task, one, now)) for task, one in shown]
    if len(shown) < len(leads):
        rows.append(Row("还有", f"{len(leads) - len(shown)} 项，点［逐项看］"))
    if cooperations:
        rows.append(Row("配合", _waits_for(seen, [task for task, _ in cooperations])))
    until = acknowledge_until(seen.initiative, now=now)
    if not leads:
        return card(
            f"{unit.name}配合 {len(cooperations)} 项，待明确",
            *rows,
            remark="牵头单位写明要什么以后再签收；没写明之前，不计时、不计分。",
            buttons=(Button("看清单", "看清单"),),
        )
    return card(
        f"{unit.name}牵头 {len(leads)} 项，请签收",
        *rows,
        remark=f"请在 {until}前签收。",
        buttons=(
            Button("全部签收", "全部签收", "primary"),
            Button("逐项看", "看清单"),
            Button("有异议", f"有异议 T{leads[0][0].number}" if len(leads) == 1 else "对分工有异议"),
        ),
    )


def _matter(task: Task, one: Obligation, now: datetime) -> str:
    """The title gives way, never the limit."""
    limit = limit_of(task, one, now=now) + ("（暂定）" if task.provisional else "")
    limit += f"，权重 {task.weight}" if task.weight > 1 else ""
    return f"{shorten(task.title, MAX_VALUE - len(limit) - 1)}，{limit}"


def _waits_for(seen: Overview, tasks: Sequence[Task]) -> str:
    leads = {one.unit_id for task, one in seen.leads() for mine in tasks if task.id == mine.id}
    who = seen.names[next(iter(leads))] if len(leads) == 1 else "牵头单位"
    end = f"，待{shorten(who, 6)}明确要什么"
    return numbers_within([task.number for task in tasks], MAX_VALUE - len(end)) + end


def for_information(seen: Overview, unit: Unit, share: Share, *, liaisons: Sequence[str]) -> Card:
    """知悉, to the unit's head."""
    count = f"牵头 {len(share.lead)} 项" if share.lead else f"配合 {len(share.cooperate)} 项"
    rows = [Row("依据", seen.initiative.basis)]
    if liaisons:
        rows.append(Row("联络员", "、".join(liaisons)))
    return card(f"知悉：{unit.name}{count}", *rows, buttons=(Button("看清单", "看清单"),))


def acknowledgements(seen: Overview, *, now: datetime) -> Card:
    """看签收: who has signed, who has not, what is still 待明确."""
    leads, cooperations = seen.leads(), seen.cooperations()
    signed = [one for _, one in leads if one.acknowledged_at is not None]
    rows = [Row("牵头", f"{len(leads)} 项，已签收 {len(signed)} 项")]
    waiting: dict[int, list[int]] = {}
    for task, one in leads:
        if one.acknowledged_at is None:
            waiting.setdefault(one.unit_id, []).append(task.number)
    rows += [Row("未签收", _unsigned(seen.names[unit], of)) for unit, of in list(waiting.items())[:3]]
    if len(waiting) > 3:
        rows.append(Row("还有", f"{len(waiting) - 3} 家未签收"))
    if cooperations:
        clear = sum(1 for _, one in cooperations if one.dispatched_at is not None and one.due_at is not None)
        open_ = len(cooperations) - clear
        rows.append(Row("配合", f"{len(cooperations)} 项，已明确 {clear}，待明确 {open_}"))
    until = acknowledge_until(seen.initiative, now=now)
    remark = f"{until}到时。" if waiting and until else ""
    return card(f"{seen.initiative.title}：签收情况", *rows, remark=remark)


def _unsigned(name: str, of: Sequence[int]) -> str:
    name = shorten(name, MAX_VALUE // 2)
    return f"{name} {numbers_within(of, MAX_VALUE - len(name) - 1)}"


def not_dispatched(title: str) -> Text:
    return Text(f"好，“{title}”先不下发，草稿都在。随时可以说“预览”。")


def taken_back(title: str, told: int) -> Text:
    return Text(f"“{title}”的下发已撤回，回到草稿；已告知收到的 {told} 处。改好后可以再次下发。")


def taken_back_news(title: str) -> Text:
    return Text(f"督查室撤回了“{title}”的下发，请先不办，以再次下发的为准。")
