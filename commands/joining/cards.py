"""How joining reads."""

from collections.abc import Sequence

from connectors.chat import Button, Card, Text, card

HELLO = "还不知道您是哪位。请发单位和姓名，例如：城管局 王磊。"
NO_MATCH = "没有对上，请找本单位联络员。"
ONLY_DIRECT = Text("绑定码只能在与我的私聊里发。刚才那个已经作废，请督查室重发一个。")


def code(name: str, unit: str, value: str) -> Card:
    """Shown once, to who asked for it."""
    return card(
        f"{name}的绑定码",
        ("单位", unit or "—"),
        ("绑定码", value),
        remark=f"请当面交给本人，由本人私聊发给我：绑定 {value}。只能用一次，24 小时内有效；重发后旧的作废。",
    )


def joined(name: str, unit: str, role: str) -> Card:
    """To who was joined."""
    rows = [("单位", unit)] if unit else []
    return card("已绑定", *rows, ("身份", f"{role} {name}"), buttons=(Button("怎么用", "帮助"),), tone="good")


def please_check(request: int, name: str, account: str) -> Card:
    """To the liaison."""
    return card(
        "请确认本单位人员",
        ("姓名", name),
        ("账号", account),
        remark="账号确实是本人的再点［是的］。显示的名字谁都能改，拿不准请当面或打电话问本人。",
        buttons=(
            Button("是的", f"是本单位人员 {request}", "primary"),
            Button("不是", f"不是本单位人员 {request}"),
        ),
    )


def please_confirm(request: int, name: str, unit: str, role: str, account: str, checked_by: str) -> Card:
    """To the office: somebody with a weighty role joins."""
    rows = [("姓名", name), ("单位", unit or "—"), ("身份", role), ("账号", account)]
    if checked_by:
        rows.append(("联络员", f"{checked_by} 已确认"))
    return card(
        "请确认绑定",
        *rows,
        buttons=(
            Button("确认", f"是本单位人员 {request}", "primary"),
            Button("不是", f"不是本单位人员 {request}"),
        ),
    )


def declined(name: str, unit: str, account: str, by: str) -> Text:
    """To the administrators."""
    return Text(f"{by}说这个账号不是{unit}{name}本人：{account}。没有绑定，对方只知道没有对上。")


def alarm(count: int) -> Text:
    """To the administrators, once an hour."""
    return Text(
        f"这一小时里有 {count} 次绑定码不对，可能有人在猜。本小时内不再受理绑定码，已发的码不受影响。"
    )


def succession_to_check(to: str, names: str) -> Card:
    """To the liaison, before it is offered."""
    return card(
        "交接，请核对",
        ("接手", to),
        ("事项", names),
        ("时限", "不变"),
        remark=names if len(names) > 26 else "",
        buttons=(Button("发出", "发出", "primary"), Button("修改", "修改")),
    )


def succession_offered(by: str, rows: Sequence[tuple[str, str]]) -> Card:
    """To who is to take over."""
    return card(
        f"{by}交给您 {len(rows)} 项",
        *rows,
        remark="原经办人的记录和材料都在。",
        buttons=(Button("接收", "全部接收", "primary"), Button("有困难", "接不了")),
    )
