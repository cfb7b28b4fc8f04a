"""表决: opened, cast, closed, asked about."""

from commands.understanding.readers import deciding as read
from commands.understanding.rule import Intent, Rule

INTENTS = (
    Intent(
        "vote",
        "表决",
        (
            Rule(
                "发起表决|发起投票|投票|表决|投个票|投一?下票|票选",
                r"^(?:请)?(?:发起|搞|来|组织|大家)?(?:一?个|一次)?(?:匿名|记名|实名|不记名|"
                r"无记名)?(?:投票表决|表决投票|表决|投票|投个票|投一?下票|票选|"
                r"搞个投票)[:,]?(?P<title>.+)$",
                84,
                unless="别忘|记得|了吗|^投票结果|<V>|[^,]{0,6}结果|还没投|没投票|投票截止了",
                slots={"action": "create"},
            ),
            Rule(
                "选|投|赞成|反对|弃权|同意|支持",
                r"<V>.{0,8}(?:选|投|赞成|反对|弃权|同意|支持)|^(?:我|我局|我们)?(?:选|投){c}{1,6}<V>",
                84,
                unless="结束|截止|还没|没投|谁|怎么|[?吗]",
                slots={"action": "cast"},
            ),
            Rule(
                "投",
                r"^(?:我|我们|我局)?投[A-Ha-h一二三四五1-9](?:票|项)?[。!]?$",
                84,
                slots={"action": "cast"},
            ),
            Rule(
                "弃权", r"^(?:我|我们|我局|本局)?弃权[。!]?$", 84, slots={"action": "cast", "option": "弃权"}
            ),
            Rule(
                "赞成|反对|弃权",
                r"^(?:我|我们|我局|本局)?(?:赞成|反对)[。!]?$",
                97,
                replying=True,
                slots={"action": "cast"},
            ),
            Rule(
                "结束|关闭|截止|停止|终止|收",
                r"(?:结束|关闭|截止|停止|终止)(?:投票|表决)?<V>|<V>.{0,6}(?:结束|关闭|截止|停止|终止|收了)",
                85,
                unless="[?吗]|什么时候",
                slots={"action": "close"},
            ),
            Rule(
                "结果|票数|多少票|谁没投|还没投",
                r"<V>.{0,8}(?:结果|票数|多少票|谁.{0,2}没投|还没投|怎么样)",
                83,
                slots={"action": "result"},
            ),
        ),
        ("vote_id",),
        (
            "发起表决：夜市收摊时间定22点还是23点，11月24号中午12点截止",
            "投票：执法力度 A先劝导 B直接处罚 周五18点截止 一单位一票",
            "V4 我局选第二个",
            "投A",
            "提前结束V6",
        ),
        read.vote,
    ),
)
