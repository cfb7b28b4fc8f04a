"""A leader's own words, as they are shown."""

from connectors.chat import MAX_REMARK, Button, Card, Text, card


def kept(words: str) -> Card:
    """To the leader."""
    return card(
        "已记您的意见",
        ("原话", words),
        remark="督查室核对后转达。" if len(words) <= 26 else f"原话：{words}"[:MAX_REMARK],
        buttons=(Button("撤回", "撤回"),),
    )


def to_check(called: str, words: str) -> Text:
    """To the office: the whole of it, word for word."""
    return Text(f"{called}意见，请核对：\n「{words}」\n核对后请交办或转达有关单位；拿不准请先问领导。")


def withdrawn(called: str, words: str) -> Text:
    return Text(f"{called}收回了刚才的意见：「{words}」请不要转达。")
