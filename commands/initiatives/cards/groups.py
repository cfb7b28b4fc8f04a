"""Group chats that serve an initiative, and what is said where the bot was just added."""

from collections.abc import Sequence

from connectors.chat import MAX_VALUE, Button, Card, Row, Text, card, shorten


def group_proposed(title: str) -> Card:
    """1.03, in the group."""
    return card("已请督查室确认", ("专项", title), remark="确认前，本群不发任何事项。")


def please_confirm_group(
    title: str, *, group: str, platform: str, proposed_by: str, units: Sequence[str]
) -> Card:
    """1.03, to the office. The initiative is said where the group's name does not; a name is not always
    known."""
    rows = [] if title in group else [Row("专项", title)]
    name = shorten(group, MAX_VALUE - len(platform) - 2)
    rows.append(Row("群名", f"{name}（{platform}）") if group else Row("平台", platform))
    rows.append(Row("提出", proposed_by))
    if len(units) > 1:
        rows.append(Row("单位", "、".join(units)))
    return card(
        "请确认群", *rows, buttons=(Button("确认", "确认群", "primary"), Button("不是", "不是专项群"))
    )


def group_serves(title: str, bot_name: str) -> Card:
    """1.04, in the group, where people mention ``bot_name``."""
    return card(
        f"本群用于“{title}”",
        ("办事", f"@{bot_name} 直接说，或私聊我"),
        ("材料", "请私聊发我"),
        remark="涉密、敏感信息和居民个人信息不得发到群里。没有 @ 我的话，我看不到。",
        buttons=(Button("怎么用", "怎么用"),),
    )


def group_decided(title: str, group: str, *, confirmed: bool) -> Text:
    """To the office, who pressed."""
    if confirmed:
        return Text(f"已确认群“{group}”用于“{title}”。")
    return Text(f"好，群“{group}”不用于“{title}”，已告诉提出的人。")


def group_declined(title: str, group: str) -> Text:
    return Text(f"督查室没有确认“{group}”用于“{title}”，本群不发事项。有疑问请联系督查室。")


def greeting(known: bool, bot_name: str) -> Text:
    """A direct chat that was opened for the first time."""
    if known:
        return Text(f"您好，我是{bot_name}。有事直接说；说“帮助”看看我能办什么。")
    return Text(f"您好，我是{bot_name}。还不知道您是哪位，请联系本单位联络员或督查室登记。")


def greeting_group(bot_name: str) -> Text:
    return Text(
        f"大家好，我是{bot_name}。本群要用来办哪个专项，请联络员 @{bot_name} 说：本群用于（专项名）。"
        "没有 @ 我的话，我看不到。"
    )


def left_group(title: str, group: str) -> Text:
    return Text(f"我已经不在群“{group}”里，“{title}”的事项不再发到那里。需要时请把我加回去。")
