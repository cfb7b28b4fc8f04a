"""What the office says around 下发: a group is confirmed, a table is sent again, who has signed."""

from commands.understanding.rule import Intent, Rule

INTENTS = (
    Intent(
        "confirm_group",
        "确认群",
        (
            Rule(
                "确认群|确认本群|确认这个群|确认专项群|确认工作群",
                r"^确认(?:这个|该|本)?(?:专项|工作)?群[。!]?$",
                95,
                slots={"answer": "accept"},
            ),
            Rule(
                "不是专项群|不是工作群",
                r"^(?:这|这个群|该群|本群)?不是(?:专项|工作)群[。!]?$",
                95,
                slots={"answer": "decline"},
            ),
        ),
        (),
        ("确认群", "不是专项群"),
    ),
    Intent(
        "acknowledgements",
        "看签收",
        (
            Rule(
                "签收",
                r"^(?:看|查)?(?:一下)?签收(?:情况|进度)[。?!]?$|^(?:看|查)(?:看|一下)?签收[。!]?$",
                93,
            ),
        ),
        (),
        ("看签收", "签收情况"),
    ),
    Intent(
        "send_again",
        "重新传",
        (Rule("重新传|重传|重新上传", r"^(?:我)?(?:重新上?传|重传)(?:一份|分工表)?[。!]?$", 93),),
        (),
        ("重新传",),
    ),
    Intent(
        "change_weekly_day",
        "改周几",
        (Rule("周几", r"^(?:改|定|换|改一下)周几[。?!]?$", 93),),
        (),
        ("改周几",),
    ),
    Intent(
        "hold_dispatch",
        "暂不下发",
        (Rule("不下发", r"^(?:暂|先|暂时|先暂时)?不下发[了]?[。!]?$", 94),),
        (),
        ("暂不下发",),
    ),
)
