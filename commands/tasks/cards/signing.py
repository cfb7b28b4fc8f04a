"""签收, 分办, 转交: how they read."""

import re
from collections.abc import Mapping, Sequence

from commands.tasks.cards.described import (
    Described,
    count,
    few,
    for_handler,
    for_unit,
    lead_first,
    merged,
    named,
)
from connectors.chat import Button, Card, Row, Text, card

_MINE = Button("看全部", "我的")
_UNDO = Button("撤回", "撤回")


def signed(
    parts: Sequence[Described], *, handlers: Sequence[str], unit: str, in_group: bool, left: str = ""
) -> Card:
    """The echo of 签收. ``unit`` is named in a group; ``handlers``: who was named to do it, if anybody;
    ``left``: why others that were said are not signed for."""
    parts = merged(parts)
    title = f"{unit}已签收 {len(parts)} 项" if in_group else f"已签收 {len(parts)} 项"
    if handlers:
        rows = [*few([for_unit(part) for part in lead_first(parts)], 5), ("经办", "、".join(handlers))]
        return card(title, *rows, remark=left, buttons=(_UNDO,), tone="good")
    hint = f"请定经办人，不定就由您办。可以直接说“{parts[0].name}给某某”。"
    rows = [for_unit(parts[0])] if len(parts) == 1 else [("事项", named(parts))]
    return card(title, *rows, remark=left + hint, buttons=(_UNDO,), tone="good")


def delegated(
    by_person: Mapping[str, Sequence[Described]], *, unsigned: Sequence[Described], left: str = ""
) -> Card:
    """Who of the unit does what now. ``left``: why others that were said are not given."""
    rows = [(name, named(parts)) for name, parts in by_person.items() if parts]
    hint = f"{named(unsigned)} 还没有签收，可以说“全部签收”。" if unsigned else ""
    return card("已分办", *rows, remark=left + hint, buttons=(_UNDO,))


def given(
    parts: Sequence[Described], *, by: str, first: Described | None, wanted_of: int, until: str
) -> Card:
    """What the new handler sees. ``first``: the task whose co-operation they have to specify first,
    of ``wanted_of`` units, ``until`` then."""
    parts = merged(parts)
    rows = few([for_handler(part) for part in lead_first(parts)], 5 if first else 6)
    title = f"{by}分给您 {len(parts)} 项"
    if first is None:
        return card(title, *rows, buttons=(_MINE,))
    rows.append(("先做", f"写明 {first.name} 要{count(wanted_of)}家配合什么"))
    return card(
        title,
        *rows,
        remark=f"请在 {until}前写明。没写明之前，配合单位不计时、不计分。",
        buttons=(Button("明确配合", f"明确配合 {first.name}", "primary"), _MINE),
    )


def hand_over_offered(part: Described, *, to: str) -> Card:
    return card(
        f"{part.name} 等{to}接收",
        ("时限", f"{limit_of(part)}，不变" if part.limit else "未定"),
        remark="接收前仍由您负责。",
        buttons=(_UNDO,),
    )


def hand_over_received(part: Described, *, by: str, note: str) -> Card:
    rows = [("事项", part.title if part.is_lead else f"配合{part.lead_unit}：{part.title}")]
    rows.append(("时限", limit_of(part)))
    if note:
        rows.append(("说明", _of_them(note)))
    buttons = (Button("接收", f"接收 {part.name}", "primary"), Button("不接", "不接"))
    return card(f"{by}转给您 {part.name}", *rows, buttons=buttons)


def _of_them(note: str) -> str:
    """``我下周脱产学习`` → ``下周脱产学习``: the title says whose words they are."""
    return re.sub(r"^(?:因为?)?我(?![们俩和跟与这那把被单局办])", "", note)


def limit_of(part: Described) -> str:
    """``12月21日（周一）``; ``每周五，3 期`` of several periods."""
    return (part.due if part.periods > 1 else part.limit) or "未定"


def please_sign(part: Described, *, no: int) -> Card:
    """One matter that waits for the unit's 签收."""
    rows = [Row("事项", part.title), Row("时限", part.limit or part.due or "未定")]
    if not part.is_lead:
        rows = [
            Row("牵头", f"{part.lead_unit} {part.lead_handler}".strip()),
            Row("要什么", part.content or part.title),
            Row("时限", part.limit or "未定"),
        ]
    role = "牵头" if part.is_lead else "配合"
    return card(
        f"{part.name} 请{part.unit}{role}",
        *rows,
        buttons=(
            Button("签收", f"签收 {part.name}", "primary"),
            Button("商量时限", f"商量时限 {part.name}"),
            Button("有异议", f"有异议 {part.name}"),
        ),
        no=no,
    )


def moved(parts: Sequence[Described], *, by: str, to: str) -> Text:
    """Told to whoever had it before."""
    return Text(f"{named(parts)} 已由{by}改由{to}办理。")
