"""The three facts asked of the lead after 确认."""

from connectors.chat import Button, Row, Text

FACTS = ("按时", "可用", "没有反复要")
#: What people say for "no" to each of them.
NOS = ("不按时", "不能用", "反复要")


def buttons(ref: str) -> tuple[Button, ...]:
    """For the card that answers 确认; a "no" pressed adds to the ones before."""
    return (
        Button("都是", f"{ref} 配合 三项都是"),
        Button("不按时", f"{ref} 配合 不按时"),
        Button("不能用", f"{ref} 配合 不能用"),
        Button("反复要", f"{ref} 配合 反复要"),
    )


def row() -> Row:
    return Row("三问", "按时？可用？没有反复要？")


def kept(ref: str, facts: tuple[bool, bool, bool]) -> Text:
    said = "、".join(f"{name}{'是' if yes else '否'}" for name, yes in zip(FACTS, facts, strict=True))
    return Text(f"已记 {ref} 配合：{said}。按错了再点一次“都是”，统计前都能改。")
