"""Words that several subjects share: 同意, 不同意, 维持, 有异议, 同意报出, 确认, 请补充.

What is meant is what the pressed card shows, else what was said, else what waits for this person.
"""

from dataclasses import replace

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.concerns.handlers import answering as concerns
from commands.cooperation.handlers import answering
from commands.decisions import objections
from commands.extensions import handlers as extensions
from commands.ranking.operations.helping import help_question
from commands.requests import handlers as requests
from commands.tasks.handlers import cooperation as tasks
from commands.tasks.handlers import reporting, verifying
from connectors.chat import Text
from storage.models import Answer


def approve(ctx: Context) -> Reply:
    """T12 通过 · 同意T21延期 · R20、R21一并通过."""
    if requests.is_meant(ctx):
        return requests.approve(ctx)
    if concerns.is_meant(ctx):
        return concerns.agree(ctx)
    if extensions.is_meant(ctx):
        return extensions.grant(ctx)
    if ctx.said.slots.get("of") is None and answering.is_asked(ctx):
        answer = Answer.CONDITIONAL if ctx.said.slots.get("conditional") else Answer.YES
        return answering.answer(_answering(ctx, answer))
    return verifying.approve(ctx, help_question)


def reject(ctx: Context) -> Reply:
    """不同意T33延期 · 驳回 R7 预算不足."""
    if requests.is_meant(ctx):
        return requests.reject(ctx)
    if concerns.is_meant(ctx):
        return concerns.keep(ctx)
    if extensions.is_meant(ctx):
        return extensions.deny(ctx)
    if answering.is_asked(ctx):
        return answering.answer(_answering(ctx, Answer.NO))
    ctx.private = True
    return Text(
        "不同意哪一件？请连编号一起说，例如“不同意T33延期 本周必须见东西”。要退回报结请说“T12 退回 理由”。"
    )


def adjust(ctx: Context) -> Reply:
    """维持 T7 分工，理由 · T3 社区办不需配合 · 调整T12时限到12月20日."""
    if ctx.said.slots.get("kind") == "keep":
        return concerns.keep(ctx)
    return tasks.waive(ctx)


def release(ctx: Context) -> Reply:
    """同意报出 T1 · 同意报出 T33 延期."""
    if extensions.is_meant(ctx):
        return extensions.release(ctx)
    return reporting.release(ctx)


def confirm(ctx: Context) -> Reply:
    """确认 T1.2 · T21 够用了."""
    if answering.is_given(ctx):
        return answering.enough(ctx)
    return tasks.confirm(ctx, help_question)


def ask_for_more(ctx: Context) -> Reply:
    """T1 请补充 缺沿街商户部分 · T21 请补充 少两户."""
    if answering.is_given(ctx):
        return answering.more(ctx)
    return tasks.ask_for_more(ctx)


def _answering(ctx: Context, answer: Answer) -> Context:
    """可以, 有条件, 暂不能 without more, as an answer to a 商请."""
    ctx.said = replace(ctx.said, slots={**ctx.said.slots, "answer": answer.value})
    return ctx


SUBJECT = Subject(
    "决定",
    commands=(
        Command(
            "通过",
            "approve",
            approve,
            Permission.ASK,  # what somebody else may not is answered with how it stands
            "T编号 通过，同意T编号延期，同意T编号改到哪天",
            ("T12 通过", "同意T21延期", "同意T7改到12月5日", "同意R7", "R20、R21一并通过"),
            decides=True,
        ),
        Command(
            "不同意",
            "reject",
            reject,
            Permission.ASK,
            "不同意 编号 理由",
            ("T16延期不批，本周必须见东西", "驳回 R7 预算不足，先用自有车"),
            decides=True,
        ),
        Command(
            "有异议",
            "appeal",
            objections.object_to,
            Permission.ACKNOWLEDGE,  # to a matter whoever may sign for it; to the figures as the ranking says
            "T编号 有异议，理由；T编号 不该算我们晚，理由",
            ("T7 有异议，城管局已经在做", "T7第2期不该算我们晚，城管局当天才给点位"),
            private=True,
            settles=False,
            # 不归我们, 该城管局牵头, others do it already
            reasons=frozenset({"return", "adjust", "progress", "blocked"}),
        ),
        Command(
            "调整",
            "adjust",
            adjust,
            Permission.ASK,  # the lead of that matter or the office: the operation asks
            "T编号 单位 不需配合，调整T编号时限到哪天，维持 T编号 理由",
            ("T3 社区办不需配合", "调整T12时限到12月20日", "维持 T7 分工，三定方案写明了"),
            decides=True,
        ),
        Command(
            "同意报出",
            "release",
            release,
            Permission.RELEASE,
            "同意报出 T编号，或 退改 T编号 理由",
            ("同意报出 T1", "退改 T1 数字对不上"),
            decides=True,
        ),
        Command(
            "确认",
            "confirm",
            confirm,
            Permission.ACCEPT,
            "确认 T编号",
            ("确认 T1",),
            decides=True,
        ),
        Command(
            "请补充",
            "ask_for_more",
            ask_for_more,
            Permission.ACCEPT,
            "T编号 请补充 缺什么",
            ("T1 请补充 缺沿街商户部分",),
            decides=True,
        ),
    ),
)
