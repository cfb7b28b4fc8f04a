"""After somebody left: 我来办, 全部接收, 接不了. 都给马昊 is 分办 or 交接, see there."""

from commands.understanding.rule import Intent, Rule

INTENTS = (
    Intent(
        "succeed",
        "接办离岗人员的事项",
        (
            Rule("我来办", r"^(?:都|全部)?我来办[。!]?$", 95, slots={"answer": "mine"}),
            Rule("接收", r"^(?:全部|都)接收[。!]?$", 95, slots={"answer": "take"}),
            Rule(
                "接不了|有困难",
                r"^(?:全部|都)?接不了[。!]?$|^接收有困难[。!]?$",
                95,
                slots={"answer": "decline"},
            ),
            Rule(
                "接不了|有困难",
                r"^(?:(?:全部|都)?接不了|接收有困难|有困难)[,:](?P<reason>{c}+)$",
                95,
                slots={"answer": "decline"},
            ),
        ),
        (),
        ("我来办", "全部接收", "接不了", "接不了，手上已有三项"),
    ),
)
