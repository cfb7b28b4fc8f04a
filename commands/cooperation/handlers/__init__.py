"""商请, 受阻, 催办: everything people say about what they need of other units."""

from commands.access import Permission
from commands.command import Command, Subject
from commands.cooperation.handlers import answering, asking, clock, urging
from commands.cooperation.operations.asking import ASK
from commands.cooperation.waiting import for_mornings

SUBJECT = Subject(
    "协作",
    commands=(
        Command(
            "受阻",
            "blocked",
            asking.blocked,
            Permission.REPORT,
            "T编号 卡住了，等 单位 给什么",
            ("T21卡住了，等社区办给北门两条巷的住户名单", "T3受阻：资金没到位"),
            settles=False,
        ),
        Command(
            "商请",
            "collab_request",
            asking.collaborate,
            Permission.REPORT,
            "请求协作 单位 提供什么 用于T编号",
            ("请求协作 城管局 提供上月路口事故数据 用于T15",),
            settles=False,
        ),
        Command(
            "答复商请",
            "answer_cooperation",
            answering.answer,
            Permission.REPORT,
            "可以 T编号，有条件 T编号 条件，暂不能 T编号 原因",
            ("可以 T21", "暂不能 T21 没有这份名单"),
            decides=True,
        ),
        Command(
            "给材料",
            "give_material",
            answering.give,
            Permission.REPORT,
            "给T编号（连同文件，私聊发来）",
            ("给T21",),
            decides=True,
            private=True,
        ),
        Command(
            "暂停计时",
            "suspend",
            clock.suspend,
            Permission.ADJUST,
            "暂停计时 T编号，T编号 照常计时",
            ("暂停计时 T21", "T21 照常计时"),
            decides=True,
        ),
        Command(
            "恢复",
            "resume",
            clock.resume,
            Permission.ASK,  # the office, or who does the work: the operation asks
            "T编号 恢复计时",
            ("T21 恢复计时",),
            decides=True,
        ),
        Command(
            "催办",
            "urge",
            urging.urge,
            Permission.REPORT,
            "催一下 [单位] T编号",
            ("催一下社区办 T1", "催办 城管局"),
            decides=True,
            settles=False,
        ),
    ),
    drafts={ASK: asking.send},
    waiting=for_mornings,
)
