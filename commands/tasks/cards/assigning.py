"""交办: how it reads before and after it leaves."""

from collections.abc import Sequence

from connectors.chat import Button, Card, card

_BUTTONS = (Button("发出", "发出", "primary"), Button("修改", "修改"), Button("不发", "不发"))


def to_check(
    *,
    number: int,
    lead: str,
    handler: str,
    cooperate: Sequence[str],
    title: str,
    due: str,
    provisional: bool,
    initiative: str,
) -> Card:
    """``initiative``: where there are several that it could belong to."""
    rows = [("牵头", f"{lead} {handler}".strip())]
    if cooperate:
        rows.append(("配合", f"{'、'.join(cooperate)}，要什么由{lead}明确"))
    rows += [("事项", title), ("时限", f"{due}（暂定）" if provisional else due)]
    if initiative:
        rows.append(("专项", initiative))
    remark = title if len(title) > 26 else ""
    if provisional:
        remark = f"{remark} 跨年的放假安排尚未公布，时限暂定，公布后复核。".strip()
    return card(f"新事项 T{number}，请核对", *rows, remark=remark, buttons=_BUTTONS)


def please_lead(*, number: int, lead: str, title: str, due: str, cooperate: Sequence[str], no: int) -> Card:
    """To the lead's liaison and to who was named."""
    rows = [("事项", title), ("时限", due)]
    if cooperate:
        rows.append(("配合", f"{'、'.join(cooperate)}，请写明要什么"))
    name = f"T{number}"
    return card(
        f"{name} 请{lead}牵头",
        *rows,
        remark=title if len(title) > 26 else "",
        buttons=(
            Button("签收", f"签收 {name}", "primary"),
            Button("商量时限", f"商量时限 {name}"),
            Button("有异议", f"有异议 {name}"),
        ),
        no=no,
    )


def announced(*, number: int, lead: str, cooperate: Sequence[str], title: str, day: str) -> str:
    """What the groups read."""
    with_whom = f"，{'、'.join(cooperate)}配合" if cooperate else ""
    return f"T{number} 已交办{lead}：{day}前，{title}{with_whom}。"
