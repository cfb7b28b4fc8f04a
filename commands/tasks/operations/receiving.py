"""What was reported reaches who looks at it: the lead for 配合, the office for 牵头."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from commands.access import rights_of
from commands.calendar import Workdays, say_due
from commands.notify import Channels, Notices
from commands.tasks import rules
from commands.tasks.cards import cooperation, reporting
from commands.tasks.operations.acting import Acting, Matter, tell
from commands.tasks.operations.changing import Change
from commands.tasks.operations.describing import (
    described,
    lead_contact,
    office,
    said_report,
    waiting_for,
)
from commands.tasks.operations.standing_in import heads
from connectors.chat import Document
from storage.clock import Moment
from storage.models import Attachment, Obligation, Part, Person, Task
from storage.queries import cooperation as cooperation_queries
from storage.queries import tasks as queries


@dataclass(frozen=True, slots=True)
class Delivered:
    people: list[int]
    said: str  #: who they are, in words


def deliver(act: Acting, change: Change, matter: Matter, files: Sequence[Attachment], note: str) -> Delivered:
    """The report counts from now; the first one's time is kept for good (原报出时间).

    A co-operating unit's first report that is late moves the lead's time limit by as much.
    """
    one = matter.obligation
    first = one.first_submitted_at is None
    one.submitted_at = act.now
    if first:
        one.first_submitted_at = act.now
    one.decision_no += 1
    moved = _move_lead(act, change, matter) if first and one.part is Part.COOPERATE else ""
    act.session.flush()
    if one.part is Part.LEAD:
        return _to_office(act, matter, files, note)
    return _to_lead(act, matter, files, note, lead_moved=moved, supplement=not first)


def _move_lead(act: Acting, change: Change, matter: Matter) -> str:
    """The lead's new time limit in words, or nothing when it stays."""
    lead = matter.lead
    others = [o for o in matter.together if o.part is Part.COOPERATE]
    days = rules.lead_shift(matter.obligation, others, act.calendar)
    if not days or lead.due_at is None or lead.state not in rules.MOVES:
        return ""
    change.watch(matter.task, lead)
    lead.due_at = rules.moved_due(lead.due_at, days, act.calendar)
    if lead.state not in rules.DECIDED_ON:
        lead.decision_no += 1
    return say_due(lead.due_at, lead.due_grain.value, now=act.now)


def _to_lead(
    act: Acting,
    matter: Matter,
    files: Sequence[Attachment],
    note: str,
    *,
    lead_moved: str,
    supplement: bool,
) -> Delivered:
    one = matter.obligation
    shown = cooperation.reported_to_lead(
        described(act, matter),
        reported=said_report(act, one),
        files=[file.name for file in files],
        note=note,
        supplement=supplement,
        lead_moved=lead_moved,
        no=one.decision_no,
    )
    key = f"reported:{one.id}:{one.decision_no}"
    people = tell(act, act.receivers(matter.lead), shown, key=key, subject=f"obligation:{one.id}")
    forward(act, people, files, key=key)
    return Delivered(people, lead_contact(act, matter))


def _to_office(act: Acting, matter: Matter, files: Sequence[Attachment], note: str) -> Delivered:
    one = matter.obligation
    shown = reporting.to_verify(
        described(act, matter),
        reported=said_report(act, one),
        files=[file.name for file in files],
        note=note,
        waiting_for=waiting_for(act, matter),
        no=one.decision_no,
    )
    key = f"verify:{one.id}:{one.decision_no}"
    people = tell(act, office(act, matter), shown, key=key, subject=f"obligation:{one.id}")
    forward(act, people, files, key=key)
    return Delivered(people, "督查室")


def forward(act: Acting, people: Sequence[int], files: Sequence[Attachment], *, key: str) -> None:
    """The files themselves, those whose content has arrived; the others are only named on the card."""
    for file in files:
        if file.blob_key is not None:
            tell(act, people, Document(file.blob_key, file.name), key=f"{key}:file:{file.id}")


def hand_on(
    session: Session, attachment_id: int, *, channels: Channels, calendar: Workdays, moment: Moment
) -> list[int]:
    """A file's content was brought; whoever looks at the report it belongs to gets the file. Who did.

    Called by what fetches files, in the transaction that keeps the content.
    """
    file = next(iter(queries.files_by_id(session, [attachment_id])), None)
    if file is None or file.blob_key is None or not file.submission:
        return []
    sender = session.get_one(Person, file.person_id)
    notices = Notices(session, channels, moment, f"attachment:{attachment_id}")
    rights = rights_of(session, sender, rules.day_of(moment.business))
    act = Acting(session, sender, rights, moment.business, calendar, notices)
    people = _askers(act, file) if file.obligation_id is None else _waiting(act, file.obligation_id)
    forward(act, people, [file], key="arrived")
    notices.flush()
    return people


def _waiting(act: Acting, obligation_id: int) -> list[int]:
    """Who looks at what was handed in; nobody once it is decided."""
    one = act.session.get_one(Obligation, obligation_id)
    if one.state is rules.S.RELEASING:
        return [head.person.id for head in heads(act, one.unit_id, (one.submitted_by_id, one.handler_id))]
    return _deciders(act, one) if one.state is rules.S.SUBMITTED else []


def _askers(act: Acting, file: Attachment) -> list[int]:
    """Who asked for a file that another unit gave."""
    asked = cooperation_queries.request_of_file(act.session, file.id)
    if asked is None:
        return []
    one = act.session.get_one(Obligation, asked.obligation_id)
    return list(dict.fromkeys([asked.person_id, *act.receivers(one)]))


def _deciders(act: Acting, one: Obligation) -> list[int]:
    task = act.session.get_one(Task, one.task_id)
    matter = Matter(task, queries.obligations_of(act.session, [task.id])[task.id], one)
    return office(act, matter) if one.part is Part.LEAD else act.receivers(matter.lead)
