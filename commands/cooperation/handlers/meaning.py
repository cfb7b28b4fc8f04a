"""Which request of another unit a sentence is about."""

from collections.abc import Callable

from commands.command import Context
from commands.cooperation.operations.answering import how_it_stands
from commands.errors import NotFound, StaleCard
from commands.tasks.handlers.meaning import refs
from commands.tasks.operations.acting import Acting, Matter, matter_of, matters
from commands.tasks.rules import of_open_periods
from storage.models import CooperationRequest, CooperationState
from storage.queries import cooperation as queries

Found = tuple[Matter, CooperationRequest]

_ALL = tuple(CooperationState)


def on_card(ctx: Context, act: Acting, kind: str = "cooperation") -> Found | None:
    """The one on the pressed card, under its task's lock.

    Raises:
        StaleCard: it was answered or changed since; the answer says how it stands.
    """
    shown = ctx.card_subject(kind)
    if shown is None:
        return None
    row = act.session.get_one(CooperationRequest, shown)
    matter = matter_of(act, row.obligation_id)
    act.session.refresh(row)
    if kind == "cooperation" and ctx.card is not None and ctx.card.no != row.decision_no:
        raise StaleCard(how_it_stands(act, matter, row))
    return matter, row


def of_task(ctx: Context, act: Acting, fits: Callable[[CooperationRequest], bool]) -> Found | None:
    """The one of the matter said: the newest that fits and is open, else the newest that was."""
    said = refs(ctx)
    if not said:
        return None
    matter = matters(act, said[:1])[0]
    ids = [one.id for one in of_open_periods(matter.obligations)]
    found = [row for row in queries.of_obligations(act.session, ids, _ALL) if fits(row)]
    if not found:
        return None
    found.sort(key=lambda row: (row.state in queries.OPEN, row.id))
    one = next(o for o in matter.obligations if o.id == found[-1].obligation_id)
    return Matter(matter.task, matter.obligations, one), found[-1]


def asked_of_us(ctx: Context, act: Acting) -> Found | None:
    """What the actor's unit was asked for: on the card, said, or the only one that is open."""
    unit_id = ctx.actor.unit_id
    shown = on_card(ctx, act)
    if shown is not None:
        return shown
    if unit_id is None:
        return None
    found = of_task(ctx, act, lambda row: row.to_unit_id == unit_id)
    if found is not None or refs(ctx):
        return found
    waiting = queries.asked_of_unit(act.session, unit_id)
    if len(waiting) != 1:
        return None
    return matter_of(act, waiting[0][0].obligation_id), waiting[0][0]


def the_one(found: Found | None, nothing: str) -> Found:
    """Raises ``NotFound`` with ``nothing`` when there is none."""
    if found is None:
        raise NotFound(nothing)
    return found
