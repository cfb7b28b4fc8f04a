"""下发, its 撤回, 看签收."""

from commands import questions
from commands.access import Permission
from commands.command import Context, Reply
from commands.errors import BadInput
from commands.initiatives.cards import sending as cards
from commands.initiatives.handlers.meaning import ACTIVE, DRAFT, acting, the_initiative
from commands.initiatives.operations import dispatching, preparing
from commands.initiatives.overview import overview
from storage.models import Initiative, TaskState, UndoStep


def dispatch(ctx: Context) -> Reply:
    """下发 依据…; the basis is asked for when it is missing."""
    ctx.private = True
    if ctx.said.refs:
        raise BadInput("事项跟着专项一起下发。单独一项请直接交办，例如“请城管局周五前报点位”。")
    initiative = the_initiative(ctx, DRAFT)
    basis = str(ctx.said.slots.get("basis", "")).strip() or initiative.basis
    if not basis:
        _require_ready(ctx, initiative)
        return questions.ask(ctx, "basis", f"“{initiative.title}”依据什么下发？请写文号或会议。")
    done = dispatching.dispatch(acting(ctx), initiative, basis=basis)
    ctx.subject = f"undo:{done.undo.id}"
    return cards.dispatched(done.seen, sent=done.sent, now=ctx.now)


def _require_ready(ctx: Context, initiative: Initiative) -> None:
    """Before anything is asked: whether it could be sent at all."""
    ctx.rights.require(Permission.DISPATCH, initiative_id=initiative.id)
    seen = overview(ctx.session, initiative)
    dispatching.require_ready(acting(ctx), seen, preparing.recipients(acting(ctx), seen))


def hold_dispatch(ctx: Context) -> Reply:
    ctx.private = True
    return cards.not_dispatched(the_initiative(ctx, DRAFT).title)


def acknowledgements(ctx: Context) -> Reply:
    """看签收."""
    initiative = the_initiative(ctx, ACTIVE)
    ctx.rights.require(Permission.SEE_ALL, initiative_id=initiative.id)
    seen = overview(ctx.session, initiative, states=(TaskState.ACTIVE,))
    return cards.acknowledgements(seen, now=ctx.now)


def take_back(ctx: Context, step: UndoStep) -> Reply:
    ctx.private = True
    initiative, told = dispatching.take_back(acting(ctx), step)
    ctx.subject = f"initiative:{initiative.id}"
    return cards.taken_back(initiative.title, told)
