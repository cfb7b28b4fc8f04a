"""专项: everything people can say or press around an initiative, one entry each."""

from commands.access import Permission
from commands.command import Command, Subject, Undo
from commands.initiatives.handlers import approving, groups, preparing, sending
from commands.initiatives.operations.approving import ANSWERED, SUBMITTED
from commands.initiatives.operations.dispatching import UNDO
from connectors.chat import IncomingKind

SUBJECT = Subject(
    "专项",
    commands=(
        Command(
            "新建专项",
            "new_initiative",
            preparing.new_initiative,
            Permission.PLAN,
            "新建专项（名称），（单位）牵头，（哪天）启动；同时发任务分工表",
            ("新建专项垃圾分类，环保局牵头，今天启动",),
            private=True,
        ),
        Command(
            "定周几",
            "weekly_day",
            preparing.weekly_day,
            Permission.PLAN,
            "都按周五",
            ("都按周五",),
            private=True,
            settles=False,
        ),
        Command(
            "改周几",
            "change_weekly_day",
            preparing.change_weekly_day,
            Permission.PLAN,
            "改周几",
            (),
            settles=False,
        ),
        Command("重新传", "send_again", preparing.send_again, Permission.PLAN, "重新传", (), settles=False),
        Command(
            "预览",
            "preview",
            preparing.preview,
            Permission.ASK,
            "预览 [专项]；看全表；看清单",
            ("预览",),
            private=True,
            settles=False,
        ),
        Command(
            "下发",
            "dispatch",
            sending.dispatch,
            Permission.DISPATCH,
            "下发 依据（文号或会议）",
            ("下发 依据市政办发〔2026〕31号",),
            decides=True,
            private=True,
        ),
        Command(
            "暂不下发", "hold_dispatch", sending.hold_dispatch, Permission.PLAN, "暂不下发", (), settles=False
        ),
        Command(
            "呈审定",
            "submit_plan",
            approving.submit,
            Permission.PLAN,
            "呈审定 [专项]",
            ("呈审定",),
            decides=True,
            private=True,
            settles=False,
        ),
        Command(
            "审定分工",
            "answer_plan",
            approving.answer,
            Permission.PUBLISH,
            "同意下发 [专项]；不同意下发，理由",
            ("同意下发", "不同意下发，T5应由社区办牵头"),
            decides=True,
            private=True,
            # what is to be another way
            reasons=frozenset({"return", "adjust", "extend", "transfer", "assign", "cancel", "progress"}),
        ),
        Command(
            "看签收",
            "acknowledgements",
            sending.acknowledgements,
            Permission.SEE_ALL,
            "看签收",
            ("看签收",),
            private=True,
            settles=False,
        ),
        Command(
            "本群用于",
            "bind_group",
            groups.bind_group,
            Permission.PROPOSE_GROUP,
            "在群里说：本群用于（专项名）",
            ("本群用于垃圾分类",),
        ),
        Command(
            "确认群",
            "confirm_group",
            groups.confirm_group,
            Permission.CONFIRM_GROUP,
            "确认群；不是专项群",
            (),
            decides=True,
            private=True,
        ),
    ),
    undos={
        UNDO: Undo(sending.take_back, Permission.DISPATCH),
        SUBMITTED: Undo(approving.take_back_submitted, Permission.PLAN),
        ANSWERED: Undo(approving.take_back_answer, Permission.PUBLISH),
    },
    arrivals={IncomingKind.BOT_JOINED: groups.bot_joined, IncomingKind.BOT_LEFT: groups.bot_left},
)
