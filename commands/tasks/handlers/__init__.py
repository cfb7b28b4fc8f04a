"""事项: everything people can say or press about a matter, one entry each."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject, Undo
from commands.tasks.handlers import adjusting, asking, assigning, cooperation, reporting, signing, verifying
from commands.tasks.handlers.meaning import acting
from commands.tasks.operations import drafting
from commands.tasks.operations.changing import TAKE_BACK
from commands.tasks.operations.undoing import take_back
from connectors.chat import Text
from storage.models import UndoStep


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    told = take_back(acting(ctx), step)
    who = "，已告诉相关的人" if told else ""
    return Text(f"已撤回：{step.what}{who}。")


SUBJECT = Subject(
    "事项",
    commands=(
        Command(
            "签收",
            "accept",
            signing.acknowledge,
            Permission.ACKNOWLEDGE,
            "签收 T编号，或 全部签收",
            ("签收 T1", "全部签收", "T1、T7 城管局签收，都给丁凯"),
            decides=True,
        ),
        Command(
            "分办",
            "delegate",
            signing.delegate,
            Permission.REPORT,  # a handler's own goes by 转交
            "T编号 给 姓名",
            ("T1T2给高宁", "都给丁凯"),
            decides=True,
        ),
        Command(
            "进展",
            "progress",
            reporting.progress,
            Permission.REPORT,
            "T编号 做了什么 [百分比]",
            ("T21 清了六条巷，还剩北门两条", "进展 T12 60% 已完成培训"),
            settles=False,
        ),
        Command(
            "报结",
            "complete",
            reporting.complete,
            Permission.REPORT,
            "T编号 报结（材料先私聊发来）",
            ("T7 报结", "T1 办好了"),
            settles=False,
        ),
        Command(
            "明确配合",
            "specify",
            cooperation.specify,
            Permission.SPECIFY,
            "T编号 单位 什么时候前 给什么",
            ("T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数",),
            settles=False,
        ),
        Command(
            "终止",
            "cancel",
            adjusting.cancel,
            Permission.ADJUST,
            "终止 T编号 理由",
            ("终止 T12 政策调整",),
            decides=True,
        ),
        Command(
            "补充",
            "supplement",
            reporting.supplement,
            Permission.REPORT,
            "T编号 补好了（材料先私聊发来）",
            ("T1补好了",),
            decides=True,
        ),
        Command(
            "退回重办",
            "return",
            verifying.give_back,
            Permission.ASK,  # as 通过
            "T编号 退回 理由",
            ("T12 退回 数据口径不对，重报",),
            decides=True,
        ),
        Command(
            "转交",
            "transfer",
            signing.transfer,
            Permission.REPORT,
            "T编号 转给 姓名，原因",
            ("T2转给李娜，我下周脱产学习", "接收", "不接"),
            decides=True,
        ),
        Command(
            "交办",
            "assign",
            assigning.assign,
            Permission.DISPATCH,
            "请 单位 牵头、单位 配合，什么时候前 做什么",
            ("请社区办牵头、物业协会配合，周四前报12个试点小区名单",),
            settles=False,
        ),
        Command(
            "我的", "query_mine", asking.mine, Permission.ASK, "我的", ("我的",), private=True, settles=False
        ),
        Command(
            "部门任务",
            "query_dept",
            asking.of_unit,
            Permission.SEE_UNIT,
            "部门任务",
            ("部门任务", "城管局名下在办多少件"),
            settles=False,
        ),
        Command(
            "逾期",
            "query_overdue",
            asking.pressing,
            Permission.SEE_UNIT,
            "逾期的有哪些（也可以写明单位）",
            ("哪些部门有逾期？", "超期的", "谁还没签收"),
            private=True,
            settles=False,
        ),
        Command(
            "查事项",
            "query_task",
            asking.task,
            Permission.ASK,
            "T编号",
            ("T12", "查T14的流转记录"),
            private=True,
            settles=False,
        ),
        Command(
            "更正",
            "correct",
            reporting.correct,
            Permission.REPORT,
            "更正 T编号 应该怎么写",
            ("更正 T7 查了13处",),
            settles=False,
        ),
        Command("材料", "files", reporting.files, Permission.REPORT, "把文件私聊发来", (), private=True),
    ),
    drafts={
        drafting.SPECIFY: cooperation.send_demands,
        drafting.REPORT: reporting.send_report,
        drafting.ASSIGN: assigning.send,
    },
    undos={TAKE_BACK: Undo(_take_back, Permission.ASK)},
)
