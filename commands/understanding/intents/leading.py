"""What a leader answers to the summary: 已阅. Other free words of theirs are kept as said."""

from commands.understanding.rule import Intent, Rule

INTENTS = (
    Intent(
        "read",
        "已阅",
        (Rule("已阅|阅", r"^(?:已阅|阅|阅示|已阅知|阅悉)[。!]?$", 96),),
        (),
        ("已阅", "阅悉"),
    ),
)
