"""Accounts and people as the platforms report them: somebody left, or an id moved."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from commands.calendar import Workdays
from commands.directory import cards, vacancies
from commands.directory.snapshot import bump
from commands.directory.vacancies import ACTOR
from commands.notify import Notices
from commands.policy import Policy
from commands.tasks.rules import day_of
from commands.workdays.snapshot import calendar
from storage import audit
from storage.clock import Moment
from storage.models import (
    Account,
    AccountKey,
    Obligation,
    ObligationState,
    Person,
    Role,
    Scope,
    Task,
    Unit,
)
from storage.queries import digest_notes, people

_FINISHED = (ObligationState.DONE, ObligationState.CANCELLED)


def leave(session: Session, account: Account, person: Person, *, moment: Moment, notices: Notices) -> None:
    """The platform says that ``account`` is gone: its ids are free for somebody else from now on.

    The person's rights end at once, unless this was a second account beside the one of their unit's
    platform. What they had in hand stays named with them until it is handed over; whoever answers
    for the unit is told.
    """
    _close(session, account, moment)
    unit = session.get(Unit, person.unit_id) if person.unit_id is not None else None
    remaining = people.account_of_person(session, person.id)
    if remaining is not None and not (unit is not None and unit.platform == account.binding):
        return
    person.left_at = moment.business
    audit.record(
        session,
        at=moment.business,
        actor=ACTOR,
        action="person.leave",
        object=f"person:{person.id}",
        body={"before": {"left_at": None}, "after": {"left_at": moment.business}},
    )
    bump(session)
    session.flush()
    if unit is None:
        return
    vacancies.fill(session, unit, person, moment=moment)
    _note_for_heads(session, unit, person, moment)
    if told_at_once(moment.business, calendar(session)):
        tell_unit(session, unit, person, now=moment.business, notices=notices)


def told_at_once(at: datetime, working: Workdays) -> bool:
    """At night and on days off the unit hears of it on the next working morning: see ``jobs``."""
    return working.is_workday(day_of(at)) and not Policy().is_quiet(at)


def _note_for_heads(session: Session, unit: Unit, person: Person, moment: Moment) -> None:
    """A line of their next morning card; where the unit has no liaison they get the card itself."""
    heads = _holders(session, unit, Role.VICE_HEAD) or _holders(session, unit, Role.HEAD)
    count = len({task.id for task, _ in _in_hand(session, person)})
    if count and _holders(session, unit, Role.LIAISON):
        key, now = f"left:{person.id}", moment.business
        text = f"{person.name}，{count} 项待联络员交接"
        digest_notes.note(session, heads, "离岗", text, key=key, now=now, day=day_of(now))


def change(
    session: Session, account: Account, keys: Sequence[people.Key], name: str, *, moment: Moment
) -> None:
    """The platform changed an account. Two ids of one kind: the first is the old one, the last the new.

    The person's own name and rights stay as the directory has them. An id that is somebody else's
    stays theirs, and the old one is closed all the same: it names nobody any more.
    """
    if name:
        account.name = name
    moved = {kind: value for kind, value in keys if [k for k, _ in keys].count(kind) > 1}
    for kind, value in moved.items():
        new = people.fold_key(kind, value)
        old = {people.fold_key(k, v) for k, v in keys if k == kind} - {new}
        if not old:
            continue
        query = select(AccountKey).where(
            AccountKey.account_id == account.id,
            AccountKey.kind == kind,
            col(AccountKey.value).in_(old),
            col(AccountKey.closed_at).is_(None),
        )
        for key in session.exec(query):
            key.closed_at = moment.business
        session.flush()
        owner = people.account_of(session, account.binding, [(kind, value)])
        if owner is None:
            people.add_key(session, account, kind, value)
        if (owner is None or owner.id == account.id) and kind in people.SENDABLE:
            account.direct_target = new
        audit.record(
            session,
            at=moment.business,
            actor=ACTOR,
            action="account.move",
            object=f"account:{account.id}",
            body={"kind": kind},
        )


def _close(session: Session, account: Account, moment: Moment) -> None:
    account.closed_at = moment.business
    query = select(AccountKey).where(AccountKey.account_id == account.id, col(AccountKey.closed_at).is_(None))
    for key in session.exec(query):
        key.closed_at = moment.business
    audit.record(
        session,
        at=moment.business,
        actor=ACTOR,
        action="account.close",
        object=f"account:{account.id}",
        body={"before": {"closed_at": None}, "after": {"closed_at": moment.business}},
    )
    session.flush()


def tell_unit(session: Session, unit: Unit, person: Person, *, now: datetime, notices: Notices) -> None:
    """The liaison takes over what is open; without a liaison the head is asked to name one. Who decides
    instead of a head who left reads what waits."""
    vacancies.tell(session, unit, person, notices=notices)
    doors = _holders(session, unit, Role.LIAISON)
    if not doors:
        doors = _holders(session, unit, Role.VICE_HEAD) or _holders(session, unit, Role.HEAD)
        office = [p.id for _, p in people.holders(session, [Role.OFFICE])]
        notices.to_people(doors or office, cards.no_liaison(unit), key=f"no_liaison:{unit.id}:{person.id}")
    open_ = _in_hand(session, person)
    if open_:
        shown = cards.departure(person, open_, now=now)
        notices.to_people(doors, shown, key=f"left:{person.id}", subject=f"person:{person.id}")


def _in_hand(session: Session, person: Person) -> list[tuple[Task, Obligation]]:
    query = (
        select(Task, Obligation)
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(Obligation.handler_id == person.id, col(Obligation.state).not_in(_FINISHED))
        .order_by(col(Task.number), col(Obligation.position))
    )
    return list(session.exec(query))


def _holders(session: Session, unit: Unit, role: Role) -> list[int]:
    found = people.holders(session, [role], scope=Scope.UNIT, scope_ids=[unit.id])
    return [person.id for _, person in found]
