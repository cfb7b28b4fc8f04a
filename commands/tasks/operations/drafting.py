"""What goes to another unit is shown first: a draft waits for ［发出］."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from commands.tasks.operations.acting import Acting
from storage.audit_chain import plain
from storage.models import Draft, DraftState

SPECIFY = "tasks.specify"
REPORT = "tasks.report"
ASSIGN = "tasks.assign"


def open_draft(act: Acting, kind: str, about: int, payload: Mapping[str, object]) -> Draft:
    """Keep what was shown. An older draft of the same kind ``about`` the same thing is void."""
    query = select(Draft).where(
        Draft.person_id == act.actor.id, Draft.kind == kind, Draft.state == DraftState.OPEN
    )
    for older in act.session.exec(query.order_by(col(Draft.id)).with_for_update(key_share=True)):
        if older.payload.get("about") == about:
            older.state = DraftState.DROPPED
            older.payload = {**older.payload, "replaced": True}
            older.decided_at = act.now
    values: dict[str, Any] = plain({"about": about, **payload})
    draft = Draft(kind=kind, person_id=act.actor.id, payload=values, created_at=act.now)
    act.session.add(draft)
    act.session.flush()
    return draft


def dropped_files(act: Acting) -> set[int]:
    """Files of reports the actor took back with ［换材料］: not offered again."""
    query = select(Draft.payload).where(
        Draft.person_id == act.actor.id, Draft.kind == REPORT, Draft.state == DraftState.DROPPED
    )
    newest = query.order_by(col(Draft.id).desc()).limit(50)
    given_up = [p for p in act.session.exec(newest) if not p.get("replaced")]
    return {int(n) for payload in given_up for n in payload.get("files", ())}
