"""特急: T35 特急 · T35 取消特急."""

from commands.understanding.rule import Intent, Rule

_MANY = r"(?:<T>|[、和及,])+"

INTENTS = (
    Intent(
        "urgent",
        "特急",
        (
            Rule(
                "特急",
                rf"^{_MANY}(?:取消|不再是?|不算|去掉|解除)特急[。!]?$|^(?:取消|解除|去掉){_MANY}(?:的)?特急[。!]?$",
                94,
                slots={"answer": "off"},
            ),
            Rule(
                "特急",
                rf"^(?:请)?(?:把|将)?{_MANY}(?:设|列|标|定|改)?(?:为|成)?特急(?:件|事项)?[。!]?$|^特急[,:]?{_MANY}[。!]?$",
                93,
                slots={"answer": "on"},
            ),
        ),
        ("task_id",),
        ("T35 特急", "把T35列为特急", "T35 取消特急"),
    ),
)
