"""放假安排: shown first with everything it changes, then written with its consequences at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from commands.access import Permission
from commands.calendar import Workdays
from commands.errors import BadInput
from commands.tasks.rules import day_of
from commands.undo.steps import Acting, undoable
from commands.workdays import cards, snapshot
from commands.workdays.rules import Arrangement, Effect, Limit, effect
from connectors.chat import Card, Text
from storage import audit
from storage.audit_chain import plain
from storage.models import Draft, DraftState, Obligation, Person, Role, UndoStep
from storage.queries import digest_notes, tasks
from storage.queries import workdays as queries
from storage.queries.workdays import Lead

ENTER = "workdays.enter"  #: the kind of draft
TAKE_BACK = "workdays.take_back"


@dataclass(slots=True)
class Written:
    """What was there before, for taking it back. ``days``: None where a day was not entered."""

    name: str
    days: dict[str, list[bool | None]] = field(default_factory=dict)  #: before, after
    settled: list[int] = field(default_factory=list)  #: tasks that were 暂定
    limits: dict[str, list[datetime | None]] = field(default_factory=dict)  #: due, original, due after
    notes: str = ""  #: how the keys of the lines on morning cards end


def draft(act: Acting, said: Arrangement) -> tuple[Draft, Card]:
    """Show what it changes; nothing is written.

    Raises:
        NotAllowed: the actor is no administrator.
        BadInput: it contradicts itself or is out of reach; the answer says how to say it.
    """
    act.rights.require(Permission.MANAGE)
    try:
        said.check(day_of(act.now))
    except ValueError as error:
        raise BadInput(f"{error}。请这样说：2027年1月1日到3日放假，1月4日上班。") from None
    effects = [found for _, found in _effects(act, said)]
    _drop_older(act)
    made = Draft(
        kind=ENTER,
        person_id=act.actor.id,
        payload={"off": plain(list(said.off)), "on": plain(list(said.on))},
        created_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    return made, cards.to_check(said, effects, now=act.now)


def _drop_older(act: Acting) -> None:
    query = select(Draft).where(
        Draft.person_id == act.actor.id, Draft.kind == ENTER, Draft.state == DraftState.OPEN
    )
    for older in act.session.exec(query.order_by(col(Draft.id)).with_for_update(key_share=True)):
        older.state, older.decided_at = DraftState.DROPPED, act.now


def enter(act: Acting, said: Arrangement) -> tuple[Text, UndoStep]:
    """写入: the days, the limits counted over them, the record, and who hears of it.

    Raises:
        NotAllowed: the actor is no administrator (any more).
    """
    act.rights.require(Permission.MANAGE)
    snapshot.lock(act.session)
    found = _effects(act, said, lock=True)
    was = queries.entered(act.session)
    written = Written(said.name(), notes=act.now.isoformat())
    for row in queries.enter(act.session, said.days(), by=act.actor.id, now=act.now):
        before = {"worked": was[row.day]} if row.day in was else None
        record(act, f"calendar_day:{row.id}", before, {"day": row.day, "worked": row.worked})
        written.days[row.day.isoformat()] = [was.get(row.day), row.worked]
    snapshot.bump(act.session)
    for lead, change in found:
        _apply(act, lead, change, written)
    act.session.flush()
    _note(act, found)
    count = len({lead.task.id for lead, _ in found})
    tell_office(act, cards.updated(written.name, count), key="workdays")
    return cards.written(count), undoable(act, f"{written.name}安排", TAKE_BACK, plain(asdict(written)))


def tell_office(act: Acting, news: Text, *, key: str) -> None:
    office = [n for n in queries.holders(act.session, [Role.OFFICE]) if n != act.actor.id]
    act.notices.to_people(office, news, key=key)


def _effects(act: Acting, said: Arrangement, *, lock: bool = False) -> list[tuple[Lead, Effect]]:
    days = said.days()
    was = queries.entered(act.session)
    old, new = Workdays(was), Workdays({**was, **days})
    found = []
    for lead in queries.leads(act.session, lock=lock):
        change = effect(_limit(lead), days, old, new, day_of(act.now))
        if change is not None:
            found.append((lead, change))
    return found


def _limit(lead: Lead) -> Limit:
    task, one = lead.task, lead.obligation
    assert one.due_at is not None  # noqa: S101 - the query leaves those out
    return Limit(
        number=task.number,
        due_at=one.due_at,
        recurrence=task.recurrence,
        provisional=task.provisional,
        counted_from=max(lead.starts_on, day_of(task.created_at)),
        extended=one.original_due_at not in (None, one.due_at),
    )


def _apply(act: Acting, lead: Lead, change: Effect, written: Written) -> None:
    """The lead's limit, and with it co-operation of a recurring matter due the same day."""
    task, one = lead.task, lead.obligation
    was = one.due_at
    if task.provisional != change.provisional:
        record(act, f"task:{task.id}", {"provisional": task.provisional}, {"provisional": change.provisional})
        task.provisional = change.provisional
        written.settled.append(task.id)
    if not change.moves:
        return
    moved = [one]
    if task.recurrence:
        moved += [other for other in queries.beside(act.session, one) if other.due_at == was]
    for other in moved:
        written.limits[str(other.id)] = [other.due_at, other.original_due_at, change.due_at]
        _move(act, other, change.due_at)
    task.version += 1


def _move(act: Acting, one: Obligation, due_at: datetime) -> None:
    before: dict[str, object] = {"due_at": one.due_at, "original_due_at": one.original_due_at}
    if one.original_due_at == one.due_at:
        one.original_due_at = due_at  # nobody asked for more time: the count came out differently
    one.due_at = due_at
    one.decision_no += 1
    after = {"due_at": one.due_at, "original_due_at": one.original_due_at, "decision_no": one.decision_no}
    record(act, f"obligation:{one.id}", before, after)


def _note(act: Acting, found: Sequence[tuple[Lead, Effect]]) -> None:
    """Who does it reads a line on the next working day's card."""
    doors = tasks.liaisons(act.session, {lead.obligation.unit_id for lead, _ in found})
    for lead, change in found:
        one = lead.obligation
        if one.dispatched_at is None:
            continue
        units = [one, *(queries.beside(act.session, one) if change.limit.recurrence else [])]
        people = [n for other in units for n in _doers(other, doors)]
        label, text = cards.note_of(change, now=act.now)
        key = f"workdays:{one.id}:{change.due_at.isoformat()}:{act.now.isoformat()}"
        digest_notes.note(act.session, people, label, text, key=key, now=act.now, day=day_of(act.now))


def _doers(one: Obligation, doors: Mapping[int, Sequence[Person]]) -> list[int]:
    if one.handler_id is not None:
        return [one.handler_id]
    return [person.id for person in doors.get(one.unit_id, ())]


def record(
    act: Acting,
    row: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    action: str = ENTER,
) -> None:
    """``after`` None: the row is gone."""
    body = {"before": before, "after": after, "inverse": before}
    audit.record(act.session, at=act.now, actor=act.name, action=action, object=row, body=plain(body))
