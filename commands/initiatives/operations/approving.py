"""呈审定: the leader's word on a division of work before 下发. The office may send it out without."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from commands.access import Permission
from commands.errors import NotFound, NotNow
from commands.initiatives.cards import approving as cards
from commands.initiatives.operations.choosing import Acting
from commands.initiatives.operations.dispatching import require_ready
from commands.initiatives.operations.preparing import recipients, require_draft
from commands.initiatives.overview import Overview, overview
from commands.ranking.operations.acting import called, leader_of
from commands.undo.steps import undoable
from connectors.chat import Card, Text
from storage import audit
from storage.models import Draft, DraftState, Initiative, InitiativeState, Person, TaskState, UndoStep
from storage.queries import initiatives as queries
from storage.queries import tasks as task_queries

KIND = "initiatives.approval"  #: of the row that waits for the leader; 发出 does not know it
SUBMITTED, ANSWERED = "initiatives.submitted", "initiatives.answered"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom it was told, or whose plan it is; and how it is taken back."""

    initiative: Initiative
    leader: str
    undo: UndoStep


def submit(act: Acting, initiative: Initiative) -> Told:
    """The leader is asked; a plan that was handed up before gives way to this one.

    Raises:
        NotNow: it is no draft, something has to be settled first, there is no leader, or this very plan
            waits for the leader's word already.
        BadInput: a time limit has passed meanwhile.
    """
    act.rights.require(Permission.PLAN, initiative_id=initiative.id)
    initiative = require_draft(act, initiative)
    seen = overview(act.session, initiative, states=(TaskState.DRAFT,))
    require_ready(act, seen, recipients(act, seen))
    leader = leader_of(act.session, initiative)
    if leader is None:
        raise NotNow(
            f"“{initiative.title}”还没有写明领导，没法呈审定。请在任务分工表里写上“领导”，或者直接下发。"
        )
    for older in _open(act, initiative.id):
        if older.person_id == leader.id and older.payload["version"] == initiative.version:
            raise NotNow(f"“{initiative.title}”已经呈{called(leader)}审定，正等答复。")
        older.state, older.decided_at = DraftState.DROPPED, act.now
    payload = {"initiative": initiative.id, "version": initiative.version, "by": act.actor.id}
    row = Draft(kind=KIND, person_id=leader.id, payload=payload, created_at=act.now)
    act.session.add(row)
    act.session.flush()
    _record(act, initiative, "initiative.submit", {"leader": leader.id})
    shown = cards.to_approve(seen, by=act.actor.name, now=act.now)
    act.notices.to_person(leader.id, shown, key=f"approve:{row.id}", subject=f"approval:{row.id}")
    undo = undoable(act, f"呈审定“{initiative.title}”", SUBMITTED, {"approval": row.id})
    return Told(initiative, called(leader), undo)


def waiting(act: Acting, row_id: int | None) -> Overview:
    """The plan that waits for the actor's word, as it is now.

    Raises:
        NotFound, NotNow: see ``answer``.
    """
    _, initiative = _asked(act, row_id)
    return overview(act.session, initiative, states=(TaskState.DRAFT,))


def answer(act: Acting, row_id: int | None, *, agreed: bool, reason: str = "") -> Told:
    """同意下发, or 不同意 with the reason as said; the office hears it at once.

    Raises:
        NotFound: no plan waits for the actor's word.
        NotNow: it was answered, taken back, changed or sent out.
    """
    row, initiative = _asked(act, row_id)
    row.state, row.decided_at = DraftState.SENT, act.now
    action = "initiative.approve" if agreed else "initiative.return"
    _record(act, initiative, action, {"words": reason} if reason else {})
    title, leader = initiative.title, called(act.actor)
    news = cards.agreed_news(title, leader) if agreed else cards.returned_news(title, leader, reason)
    _tell_office(act, initiative, news, key=f"approved:{row.id}:{act.now.isoformat()}")
    undo = undoable(act, f"对“{title}”任务分工的答复", ANSWERED, {"approval": row.id})
    return Told(initiative, leader, undo)


def take_back_submitted(act: Acting, step: UndoStep) -> Told:
    """撤回 of 呈审定.

    Raises:
        NotNow: the leader has answered, or it was replaced.
    """
    row, initiative = _locked(act, int(step.inverse["approval"]))
    act.rights.require(Permission.PLAN, initiative_id=initiative.id)
    if row.state is not DraftState.OPEN:
        raise NotNow(f"“{initiative.title}”已有答复，或者已经另呈一份，不能撤回。")
    row.state, row.decided_at = DraftState.DROPPED, act.now
    _record(act, initiative, "initiative.submit_back", {})
    leader = act.session.get_one(Person, row.person_id)
    act.notices.to_person(leader.id, cards.not_to_approve(initiative.title), key=f"not_to_approve:{row.id}")
    return Told(initiative, called(leader), step)


def take_back_answer(act: Acting, step: UndoStep) -> Told:
    """撤回 of the leader's answer: it waits for their word again.

    Raises:
        NotNow: it was sent out, changed or handed up anew meanwhile.
    """
    row, initiative = _locked(act, int(step.inverse["approval"]))
    act.rights.require(Permission.PUBLISH, initiative_id=initiative.id)
    changed = row.payload["version"] != initiative.version or _open(act, initiative.id)
    if changed or initiative.state is not InitiativeState.DRAFT:
        raise NotNow(f"“{initiative.title}”已经下发、改过或者另呈一份，不能撤回。有意见请告诉督查室。")
    row.state, row.decided_at = DraftState.OPEN, None
    _record(act, initiative, "initiative.answer_back", {})
    leader = called(act.actor)
    news = cards.answer_back_news(initiative.title, leader)
    _tell_office(act, initiative, news, key=f"answer_back:{row.id}:{act.now.isoformat()}")
    return Told(initiative, leader, step)


def _asked(act: Acting, row_id: int | None) -> tuple[Draft, Initiative]:
    """What waits for the actor: the one on the card, else the newest."""
    if row_id is None:
        query = select(Draft.id).where(
            Draft.kind == KIND, Draft.person_id == act.actor.id, Draft.state == DraftState.OPEN
        )
        row_id = act.session.exec(query.order_by(col(Draft.id).desc())).first()
    found = act.session.get(Draft, row_id) if row_id is not None else None
    if found is None or found.kind != KIND or found.person_id != act.actor.id:
        raise NotFound("没有等您审定的任务分工。")
    row, initiative = _locked(act, found.id)
    act.rights.require(Permission.PUBLISH, initiative_id=initiative.id)
    title = initiative.title
    if row.state is DraftState.SENT:
        raise NotNow(f"“{title}”的任务分工您已经答复过了。")
    if initiative.state is not InitiativeState.DRAFT:
        raise NotNow(f"“{title}”已经下发，不用再审定。有意见可以直接说，我原话转给督查室。")
    if row.state is DraftState.DROPPED or row.payload["version"] != initiative.version:
        raise NotNow(f"“{title}”的任务分工督查室已经收回或改过，请看新呈的一份。")
    return row, initiative


def _locked(act: Acting, row_id: int) -> tuple[Draft, Initiative]:
    """The initiative first, as everywhere."""
    said: dict[str, Any] = act.session.get_one(Draft, row_id).payload
    initiative = queries.locked(act.session, int(said["initiative"]))
    query = select(Draft).where(Draft.id == row_id).with_for_update(key_share=True)
    row = act.session.exec(query.execution_options(populate_existing=True)).one()
    if initiative is None:
        raise NotFound("没有找到这个专项。")
    return row, initiative


def _open(act: Acting, initiative_id: int) -> list[Draft]:
    query = select(Draft).where(Draft.kind == KIND, Draft.state == DraftState.OPEN)
    return [row for row in act.session.exec(query) if row.payload["initiative"] == initiative_id]


def _tell_office(act: Acting, initiative: Initiative, news: Card | Text, *, key: str) -> None:
    office = [person.id for person in task_queries.officers(act.session, initiative)]
    act.notices.to_people(office, news, key=key, subject=f"initiative:{initiative.id}")


def _record(act: Acting, initiative: Initiative, action: str, after: dict[str, object]) -> None:
    act.session.flush()
    audit.record(
        act.session,
        at=act.now,
        actor=act.name,
        action=action,
        object=f"initiative:{initiative.id}",
        body={"after": after},
    )
