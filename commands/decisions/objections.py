"""有异议: to a matter that was given to the unit, or to the unit's figures."""

import re

from commands.command import Context, Reply
from commands.concerns.handlers import objecting
from commands.errors import NotFound
from commands.ranking import handlers as ranking
from commands.tasks.handlers.meaning import acting, refs
from commands.tasks.operations.acting import matters, speaks_for
from commands.tasks.rules import OPEN, Step
from connectors.chat import Button, Text

#: What is said of the figures alone, wherever it stands.
_FIGURES = re.compile(
    r"协作数据|得分|评分|打分|扣分|[扣减]我们|排名|排行|考核|不(?:应该?|该|能|予)?(?:算|计|记|扣)|算我们?晚|记我们?晚|"
    r"[算记扣]错|误判|误扣|剔除|免责|免扣|申诉|不服|复核|复议|重新核算"
)
#: What is said of them only in front of 有异议; behind it, it is somebody's reason.
_FIGURES_OF = re.compile(r"数据|分数|积分|统计|逾期|超期|[迟晚][交报]|档")
#: What only a matter that was given can be meant by, in front of 有异议.
_GIVEN = re.compile(r"分工|职责|时限|牵头|配合")
_CUE = re.compile(r"有?异议|不认可")


def object_to(ctx: Context) -> Reply:
    """What the pressed card is about decides, then what is said. A number without more is a matter of the
    unit's, or one in its figures while these are open; both → asked. Without a number: the figures while
    they are open, else what waits for the unit's 签收."""
    about = _about(ctx)
    if about is None:
        return _ask(ctx)
    return objecting.object_to(ctx) if about == "matter" else ranking.object_to(ctx)


def _about(ctx: Context) -> str | None:
    """``matter``, ``figures``, or None where it can be both."""
    if ctx.card_subject("ranking") is not None or any(ref.kind == "D" for ref in ctx.said.refs):
        return "figures"
    if ctx.card_subject("obligation") is not None:
        return "matter"
    said = _said(ctx)
    cue = _CUE.search(said)
    head = said[: cue.start()] if cue else said
    if cue is None or _FIGURES.search(said) or _FIGURES_OF.search(head):
        return "figures"
    if _GIVEN.search(head):
        return "matter"
    numbers = [number for number, _ in refs(ctx)]
    figures = ranking.may_object(ctx, numbers)
    if numbers:
        return "matter" if not figures else None if _in_hand(ctx) else "figures"
    return "matter" if not figures and objecting.to_object_to(acting(ctx)) else "figures"


def _said(ctx: Context) -> str:
    """The sentence; while a question is answered the one that was asked about."""
    spoken = ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text
    return ctx.said.sentence or spoken


def _in_hand(ctx: Context) -> bool:
    """Whether the matter said is one of the person's that is not over."""
    act = acting(ctx)
    try:
        one = matters(act, refs(ctx)[:1], step=Step.ACKNOWLEDGE, lock=False)[0].obligation
    except NotFound:
        return False
    return one.state in OPEN and speaks_for(act, one)


def _ask(ctx: Context) -> Reply:
    number, part = refs(ctx)[0]
    ref = f"T{number}" + (f".{part}" if part else "")
    words = objecting.said_words(ctx)
    then = f"，{words}" if words else ""
    return Text(
        f"对 T{number} 的哪一样有异议：分工或时限，还是协作数据里的统计？",
        buttons=(
            Button("分工时限", f"对{ref}的分工有异议{then}"),
            Button("协作数据", f"协作数据有异议，{ref}{then}"),
        ),
    )
