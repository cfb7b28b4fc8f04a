"""What a leader answers to the summary: 已阅. Other free words of theirs are kept as said, and forwarded
by the office: 转发意见."""

from commands.understanding.rule import Intent, Rule

INTENTS = (
    Intent(
        "read",
        "已阅",
        (Rule("已阅|阅", r"^(?:已阅|阅|阅示|已阅知|阅悉)[。!]?$", 96),),
        (),
        ("已阅", "阅悉"),
    ),
    Intent(
        "forward_words",
        "转发意见",
        (
            Rule("不转发意见", r"^不转发意见(?P<number>\d{0,9})[。!]?$", 97, slots={"answer": "no"}),
            Rule(
                "转发意见",
                r"^转发意见(?P<number>\d{0,9})(?:[,:]?(?:给|到)?(?:<U>|<T>|[、和,])*)?[。!]?$",
                96,
                slots={"answer": "yes"},
            ),
            Rule("转发", r"^转发[。!]?$", 96, slots={"answer": "yes"}),
        ),
        (),
        ("转发意见", "转发意见 给城管局", "转发意见 T12", "不转发意见"),
    ),
)
