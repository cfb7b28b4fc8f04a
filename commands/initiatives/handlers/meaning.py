"""What a handler hands to an operation, and which initiative is meant."""

from commands.command import Context
from commands.initiatives.operations.choosing import Acting, meant
from commands.initiatives.operations.dispatching import UNDO
from storage.models import Initiative, InitiativeState, UndoStep

DRAFT = frozenset({InitiativeState.DRAFT})
ACTIVE = frozenset({InitiativeState.ACTIVE})
OPEN = DRAFT | ACTIVE


def acting(ctx: Context) -> Acting:
    return Acting(ctx.session, ctx.actor, ctx.rights, ctx.moment, ctx.calendar, ctx.notices, ctx.conversation)


def said(ctx: Context) -> str:
    action = ctx.incoming.action
    return action.sentence if action is not None else ctx.incoming.text


def the_initiative(ctx: Context, states: frozenset[InitiativeState]) -> Initiative:
    """See ``choosing.meant``; the card may also be the answer to a 下发, which carries its 撤回."""
    shown = ctx.card_subject("initiative")
    undo = ctx.card_subject("undo")
    if shown is None and undo is not None:
        step = ctx.session.get(UndoStep, undo)
        if step is not None and step.operation == UNDO:
            shown = int(step.inverse["initiative_id"])
    return meant(acting(ctx), said(ctx), states=states, shown=shown)
