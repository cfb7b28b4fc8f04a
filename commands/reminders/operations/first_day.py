"""首日签收: on the day of a 下发, the office hears in the afternoon how far the units have signed."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from commands.calendar import Workdays
from commands.notify import LANE_REMINDER, Notices
from commands.policy import Policy
from commands.reminders import cards
from commands.reminders.cards import FirstDay
from commands.tasks.rules import day_of
from storage.models import ConcernKind, ConcernState, Initiative, ObligationState, Part
from storage.queries import concerns, tasks
from storage.queries import reminders as queries
from storage.queries.reminders import Row


def tell(session: Session, notices: Notices, planned: datetime, calendar: Workdays, policy: Policy) -> int:
    """One card an initiative sent out today, to who of the office looks after it; how many initiatives."""
    today = day_of(planned)
    new = [
        one
        for one in tasks.running_initiatives(session)
        if one.dispatched_at is not None and day_of(one.dispatched_at) == today
    ]
    for initiative in new:
        shown = cards.first_day(_seen(session, initiative, today, calendar), now=planned, policy=policy)
        for officer in tasks.officers(session, initiative):
            notices.to_person(
                officer.id,
                shown,
                key=f"first_day:{initiative.id}",
                subject=f"initiative:{initiative.id}",
                lane=LANE_REMINDER,
                on_unknown="hold",
            )
    return len(new)


def _seen(session: Session, initiative: Initiative, today: date, calendar: Workdays) -> FirstDay:
    rows = queries.all_of_initiative(session, initiative.id)
    leads = sorted((row for row in rows if row.part is Part.LEAD), key=lambda row: row.number)
    others = [row for row in rows if row.part is Part.COOPERATE]
    unsigned = [row for row in leads if row.state is ObligationState.ASSIGNED]
    _, units = queries.names(session, [], {row.unit_id for row in unsigned})
    return FirstDay(
        title=initiative.title,
        leads=len(leads),
        unsigned=[(f"T{row.number}", units[row.unit_id]) for row in unsigned],
        sign_by=max((_sign_by(row, today, calendar) for row in unsigned), default=None),
        cooperate=len(others),
        unclear=sum(row.state is ObligationState.UNSPECIFIED for row in others),
        objections=_objections(session, rows),
    )


def _objections(session: Session, rows: Sequence[Row]) -> dict[str, bool]:
    """Number → whether all that its units object to is answered."""
    numbers = {row.id: f"T{row.number}" for row in rows}
    found: dict[str, bool] = {}
    for one in concerns.of_obligations(session, numbers):
        if one.kind is ConcernKind.OBJECTION:
            number = numbers[one.obligation_id]
            found[number] = found.get(number, True) and one.state is not ConcernState.OPEN
    return found


def _sign_by(row: Row, today: date, calendar: Workdays) -> date:
    return calendar.add(day_of(row.dispatched_at) if row.dispatched_at else today, 1)
