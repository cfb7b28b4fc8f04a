"""撤回: the last thing a person did, for ten minutes, unless somebody acted on it since."""

from sqlmodel import col, select

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.errors import NotFound
from storage.models import UndoStep


def take_back(ctx: Context) -> Reply:
    """Take back the step on the pressed card (``undo:<id>``), else the person's newest one.

    Whether somebody else acted meanwhile is decided by the step's own operation, under its locks.

    Raises:
        NotFound: there is nothing, or it is too late.
        NotAllowed: they lost the role it was done with.
        NotNow: somebody acted on it since.
    """
    query = select(UndoStep).where(UndoStep.person_id == ctx.actor.id, col(UndoStep.undone_at).is_(None))
    named = ctx.card_subject("undo")
    if named is not None:
        query = query.where(UndoStep.id == named)
    newest = query.order_by(col(UndoStep.id).desc()).limit(1)
    step = ctx.session.exec(
        newest.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()
    if step is None:
        raise NotFound("没有可以撤回的操作。")
    if step.expires_at <= ctx.now:
        raise NotFound(f"“{step.what}”已经超过 10 分钟，不能撤回。内容有误请说“更正”，或联系督查室。")
    undo = ctx.catalogue.undos[step.operation]
    ctx.rights.require(undo.permission)
    reply = undo.take_back(ctx, step)
    step.undone_at = ctx.now
    return reply


SUBJECT = Subject(
    "撤回",
    commands=(Command("撤回", "undo", take_back, Permission.ASK, "撤回", ("撤回", "刚才那条不算")),),
)
