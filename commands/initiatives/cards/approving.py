"""呈审定: a division of work before the leader, and what becomes of it."""

from datetime import datetime

from commands.calendar import SHANGHAI, say_date
from commands.initiatives.overview import Overview
from connectors.chat import MAX_VALUE, Button, Card, Row, Text, card, shorten


def to_approve(seen: Overview, *, by: str, now: datetime) -> Card:
    """To the leader, without numbers."""
    initiative, cooperations = seen.initiative, len(seen.cooperations())
    leads = {one.unit_id for _, one in seen.leads()}
    said = f"{len(seen.tasks)} 项，{len(leads)} 家牵头" + (
        f"，配合 {cooperations} 项次" if cooperations else ""
    )
    rows = [Row("启动", say_date(initiative.starts_on, now=now)), Row("事项", said)]
    dated = sorted((one.due_at, task.number, task.title) for task, one in seen.leads() if one.due_at)
    for key, (at, _, title) in zip(("最早", "最晚"), (dated[:1] + dated[-1:])[: len(dated)], strict=False):
        day = say_date(at.astimezone(SHANGHAI).date(), now=now)
        rows.append(Row(key, f"{day}，{shorten(title, MAX_VALUE - len(day) - 1)}"))
    return card(
        f"请您审定：{shorten(initiative.title, 12)}任务分工",
        *rows,
        Row("呈报", f"督查室 {by}"),
        remark="您同意以后，由督查室写明依据下发；现在还没有发给任何单位。",
        buttons=(
            Button("同意下发", "同意下发", "primary"),
            Button("不同意", "不同意下发"),
            Button("看全表", "看全表"),
        ),
    )


def submitted(title: str, leader: str) -> Text:
    return Text(
        f"“{title}”的任务分工已呈{leader}审定，答复了告诉您。", buttons=(Button("撤回", "撤回", "danger"),)
    )


def submitted_back(title: str, leader: str) -> Text:
    return Text(f"已收回，{leader}不用审定“{title}”的任务分工了。草稿都在。")


def not_to_approve(title: str) -> Text:
    """To the leader, whose card it was."""
    return Text(f"督查室收回了“{title}”的任务分工，不用您审定了。")


def agreed(title: str) -> Text:
    return Text(f"好，已告诉督查室：同意下发“{title}”。", buttons=(Button("撤回", "撤回"),))


def returned(title: str) -> Text:
    return Text(f"好，已把您的意见原话转给督查室，“{title}”改好后再呈您。", buttons=(Button("撤回", "撤回"),))


def answer_back(title: str) -> Text:
    return Text(
        f"已收回您对“{title}”任务分工的答复，督查室已知道。要答复请点原来那张卡片，或直接说“同意下发”。"
    )


def agreed_news(title: str, leader: str) -> Card:
    """To the office; the basis is asked for with 下发."""
    return card(
        f"{leader}同意下发",
        ("专项", title),
        remark="下发时请写明依据（文号或会议）。",
        buttons=(Button("下发", "下发", "primary"), Button("暂不发", "暂不下发")),
        tone="good",
    )


def returned_news(title: str, leader: str, reason: str) -> Text:
    """The leader's words as said."""
    return Text(f"{leader}没有同意下发“{title}”：{reason}\n草稿都在。请改好任务分工表重新传，再说“呈审定”。")


def answer_back_news(title: str, leader: str) -> Text:
    return Text(f"{leader}收回了对“{title}”任务分工的答复，请等新的答复再下发。")
