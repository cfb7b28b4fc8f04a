"""请假 with somebody who stands in, and 销假."""

from commands.understanding.readers import absence as read
from commands.understanding.rule import Intent, Rule

_AWAY = "请假|休假|休年假|年假|病假|事假|产假|婚假"

INTENTS = (
    Intent(
        "leave",
        "请假",
        (
            Rule(
                "取消请假|请假取消|销假|不请假了|假不请了|请假结束",
                r"^(?:我)?(?:取消请假|请假取消|销假|不请假了|假不请了|请假结束)(?:了)?[。!]?$",
                87,
                slots={"kind": "back"},
                unless="[?吗]",
            ),
            Rule(
                _AWAY,
                rf"^(?:我)?(?:本人)?(?:需要|要|想|准备|将|拟|申请)?(?:从|自)?(?:<W>)?(?:起|开始)?(?:到<W>)?[,]?"
                rf"(?:要|想|申请)?(?:休)?(?:{_AWAY})",
                85,
                slots={"kind": "leave"},
                unless="[?吗]|<T>|谁|审批|假条|日报|日志|怎么|如何|流程|规定|制度",
            ),
            Rule(
                "出差|外出|学习|培训",
                r"^(?:我)?(?:从)?(?:<W>)?(?:起|开始)?(?:要|去)?(?:出差|外出|学习|培训){c}{0,6}[,]?(?:期间)?(?:由|请|让)<P>(?:代|顶|替)",
                85,
                slots={"kind": "leave"},
                unless="[?吗]|<T>",
            ),
        ),
        ("assignee",),
        (
            "请假到周三，由丁凯代",
            "我下周一到下周三请假，请丁凯代",
            "明天请假",
            "请假三天，丁凯代",
            "取消请假",
        ),
        read.leave,
    ),
)
