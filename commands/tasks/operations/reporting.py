"""进展 and 报结: what a unit says about its own work, and how it leaves the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from commands.access import Permission
from commands.errors import NotNow, StaleCard
from commands.tasks import rules
from commands.tasks.cards import reporting as cards
from commands.tasks.cards.described import Described
from commands.tasks.operations.acting import Acting, Matter, matter_of, require_speaker, step, tell
from commands.tasks.operations.changing import Change, changing
from commands.tasks.operations.describing import (
    describe,
    described,
    lead_contact,
    waiting_for,
)
from commands.tasks.operations.drafting import REPORT, dropped_files, open_draft
from commands.tasks.operations.receiving import Delivered, deliver, forward
from commands.tasks.operations.signing import sign
from commands.tasks.operations.standing_in import Asked, said_heads
from commands.tasks.operations.standing_in import heads as heads_now
from commands.tasks.rules import Step
from connectors.chat import Card, File
from storage import audit, rows
from storage.models import Attachment, Draft, Part, Progress, UndoStep
from storage.queries import tasks as queries

FILES_WAIT = timedelta(days=7)  #: a file sent longer ago belongs to something else


@dataclass(frozen=True, slots=True)
class Kept:
    part: Described
    undo: UndoStep
    signed: bool


def report_progress(act: Acting, matter: Matter, *, note: str, percent: int | None) -> Kept:
    """进展 counts at once and tells nobody; work on what was not signed for signs for it.

    Raises:
        NotAllowed: it is not the actor's.
        NotNow: it is handed in, over, or not specified yet.
    """
    require_speaker(act, matter)
    one = matter.obligation
    signed = False
    with changing(act, Step.REPORT, matter, words=note) as change:
        was = one.state
        step(act, matter, Step.REPORT)
        if was is not one.state:
            signed = sign(act, one)
            one.handler_id = one.handler_id or act.actor.id
        said = {"person_id": act.actor.id, "note": note, "percent": percent, "at": act.now}
        change.add(matter.task, rows.write(act.session, Progress, obligation_id=one.id, **said))
        act.notices.withdraw(act.actor.id, f"obligation:{one.id}")
    last = percent if percent is not None else queries.last_percents(act.session, [one.id]).get(one.id)
    part = describe(act, matter.task, one, matter.lead, percent=last)
    return Kept(part, change.undoable(f"{matter.name} 进展", guarded=signed), signed)


def correct_progress(act: Acting, matter: Matter, *, note: str, percent: int | None) -> Kept:
    """更正: the actor's last entry no longer counts, the new one does.

    Raises:
        NotNow: there is nothing of theirs to correct, or the matter is handed in.
    """
    entries = queries.progress_of(act.session, [matter.obligation.id])
    last = next((entry for entry in entries if entry.person_id == act.actor.id), None)
    if last is None:
        raise NotNow(f"{matter.name} 还没有您报的进展，直接说“{matter.name} …”就行。")
    with changing(act, "correct", matter, words=note) as change:
        change.watch(matter.task, last)
        last.withdrawn_at = act.now
    percent = last.percent if percent is None else percent
    kept = report_progress(act, matter, note=note, percent=percent)
    kept.undo.inverse = {
        **kept.undo.inverse,
        "rows": {**kept.undo.inverse["rows"], **change.inverse},
    }
    return kept


def keep_files(act: Acting, binding: str, files: Sequence[File]) -> list[Attachment]:
    """What was sent waits, named, to be handed in; a worker fetches the content."""
    rows = [
        Attachment(
            person_id=act.actor.id,
            binding=binding,
            name=file.name,
            handle=file.handle,
            kind=file.kind,
            size=file.size,
            at=act.now,
        )
        for file in files
    ]
    act.session.add_all(rows)
    act.session.flush()
    for row in rows:  # the name and the size may still change with the content
        body = {"file": row.name, "kind": row.kind, "size": row.size}
        actor = f"person:{act.actor.id}"
        audit.record(
            act.session, at=act.now, actor=actor, action="file", object=f"attachment:{row.id}", body=body
        )
    return rows


def files_to_hand_in(act: Acting) -> list[Attachment]:
    """What the actor sent of late and neither handed in nor took back."""
    gone = dropped_files(act)
    waiting = queries.waiting_files(act.session, act.actor.id, since=act.now - FILES_WAIT)
    return [row for row in waiting if row.id not in gone]


def draft_report(act: Acting, matter: Matter, *, note: str) -> tuple[Draft, Card]:
    """报结, shown first to who reports it.

    Raises:
        NotAllowed: it is not the actor's.
        NotNow: it is handed in already, not specified yet, or over.
    """
    require_speaker(act, matter)
    one = matter.obligation
    if rules.next_state(one.part, Step.SUBMIT, one.state) is None:
        step(act, matter, Step.SUBMIT)
    files = files_to_hand_in(act)
    payload = {"obligation": one.id, "no": one.decision_no, "note": note, "files": [f.id for f in files]}
    draft = open_draft(act, REPORT, one.id, payload)
    lead = one.part is Part.LEAD
    return draft, cards.report_to_check(
        described(act, matter),
        files=[file.name for file in files],
        note=note,
        first_to=said_heads(heads_to_ask(act, matter)),
        then_to="督查室 审核" if lead else f"{lead_contact(act, matter)} 确认",
        waiting_for=waiting_for(act, matter) if lead else [],
        missing=[file.name for file in files if file.blob_key is None],
    )


def heads_to_ask(act: Acting, matter: Matter) -> list[Asked]:
    """Who has to say 同意报出 first: nobody where the initiative does not ask for it, where the actor
    may say it by a role of their own, where a supplement is sent after them, or where the unit has no
    head on record."""
    one = matter.obligation
    if not rules.needs_release(act.initiative(matter.task).rules):
        return []
    if is_supplement(matter) or act.rights.may(Permission.RELEASE, unit_id=one.unit_id, own=True):
        return []
    return heads_now(act, one.unit_id, (act.actor.id, one.handler_id))


def is_supplement(matter: Matter) -> bool:
    """The lead asked for more: what is added goes straight to it."""
    one = matter.obligation
    return one.part is Part.COOPERATE and one.returned > 0 and one.first_submitted_at is not None


@dataclass(frozen=True, slots=True)
class Submitted:
    part: Described
    to: str  #: who has it now, in words
    undo: UndoStep


def submit(act: Acting, draft: Draft) -> Submitted:
    """［提交］ of a draft: to the unit's head when needed, else to whoever looks at it.

    Raises:
        StaleCard: what is wanted changed after the draft was shown.
        NotAllowed: the obligation was given to somebody else since.
        NotNow: it was handed in already.
    """
    payload = draft.payload
    matter = matter_of(act, int(payload["obligation"]))
    one = matter.obligation
    if one.decision_no != payload["no"]:
        raise StaleCard(f"{matter.name} 在这之后变过，请重新说“{matter.name} 报结”。")
    files = queries.files_by_id(act.session, [int(n) for n in payload["files"]])
    return hand_in(act, matter, note=str(payload["note"]), files=files)


def hand_in(act: Acting, matter: Matter, *, note: str, files: Sequence[Attachment]) -> Submitted:
    """报结 without a draft: a supplement, or what a draft showed. See ``submit``."""
    require_speaker(act, matter)
    one = matter.obligation
    heads = heads_to_ask(act, matter)
    what = Step.SUBMIT_FOR_RELEASE if heads else Step.SUBMIT
    with changing(act, what, matter, words=note) as change:
        step(act, matter, what)
        sign(act, one)
        one.handler_id = one.handler_id or act.actor.id
        one.submitted_by_id = act.actor.id
        _bind(act, change, matter, files)
        if heads:
            to = _ask_head(act, matter, heads, files, note)
        else:
            to = deliver(act, change, matter, files, note)
        act.notices.withdraw(act.actor.id, f"obligation:{one.id}")
    taken_back = f"{act.actor.name}撤回了 {matter.name} 的报结，不用再看。"
    undo = change.undoable(f"{matter.name} 报结", told=[(to.people, taken_back)])
    return Submitted(described(act, matter), to.said, undo)


def _bind(act: Acting, change: Change, matter: Matter, files: Sequence[Attachment]) -> None:
    """The files become this submission's; nobody else's, and none that was handed in meanwhile."""
    last = queries.last_submission(act.session, matter.obligation.id)
    number = (last[0].submission if last else 0) + 1
    for row in files:
        if row.person_id == act.actor.id and row.submission == 0:
            change.watch(matter.task, row)
            row.obligation_id, row.submission = matter.obligation.id, number


def _ask_head(
    act: Acting, matter: Matter, heads: Sequence[Asked], files: Sequence[Attachment], note: str
) -> Delivered:
    one = matter.obligation
    one.decision_no += 1
    act.session.flush()
    lead = one.part is Part.LEAD
    part, names = described(act, matter), [file.name for file in files]
    to = "督查室" if lead else act.unit(matter.lead.unit_id)
    key = f"release:{one.id}:{one.decision_no}"
    people: list[int] = []
    for head in heads:
        away = head.away.name if head.away else ""
        shown = cards.to_release(part, files=names, note=note, to=to, no=one.decision_no, away=away)
        people += tell(act, [head.person.id], shown, key=key, subject=f"obligation:{one.id}")
    forward(act, people, files, key=key)
    return Delivered(people, said_heads(heads))
