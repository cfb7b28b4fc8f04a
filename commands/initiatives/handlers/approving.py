"""呈审定 of the office; 同意下发 and 不同意下发 of the leader."""

from commands import questions
from commands.command import Context, Reply
from commands.initiatives.cards import approving as cards
from commands.initiatives.handlers.meaning import DRAFT, acting, the_initiative
from commands.initiatives.operations import approving
from storage.models import UndoStep


def submit(ctx: Context) -> Reply:
    """呈审定."""
    ctx.private = True
    done = approving.submit(acting(ctx), the_initiative(ctx, DRAFT))
    ctx.subject = f"undo:{done.undo.id}"
    return cards.submitted(done.initiative.title, done.leader)


def answer(ctx: Context) -> Reply:
    """同意下发 · 不同意下发，T5应由社区办牵头."""
    ctx.private = True
    shown = ctx.card_subject("approval")
    if ctx.said.slots.get("answer") == "agree":
        done = approving.answer(acting(ctx), shown, agreed=True)
        ctx.subject = f"undo:{done.undo.id}"
        return cards.agreed(done.initiative.title)
    reason = str(ctx.said.slots.get("reason", "")).strip()
    if not reason:
        approving.waiting(acting(ctx), shown)
        return questions.ask(ctx, "reason", "要改哪里？请说一句，我原话转给督查室。")
    done = approving.answer(acting(ctx), shown, agreed=False, reason=reason)
    ctx.subject = f"undo:{done.undo.id}"
    return cards.returned(done.initiative.title)


def take_back_submitted(ctx: Context, step: UndoStep) -> Reply:
    ctx.private = True
    done = approving.take_back_submitted(acting(ctx), step)
    return cards.submitted_back(done.initiative.title, done.leader)


def take_back_answer(ctx: Context, step: UndoStep) -> Reply:
    ctx.private = True
    done = approving.take_back_answer(acting(ctx), step)
    return cards.answer_back(done.initiative.title)
