"""同意报出 and 退改: what leaves a unit as its word is seen by its head first."""

import json

from commands.errors import NotAllowed
from commands.tasks import rules
from commands.tasks.cards import reporting as cards
from commands.tasks.cards.described import Described
from commands.tasks.operations.acting import Acting, Matter, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import described
from commands.tasks.operations.receiving import deliver
from commands.tasks.operations.standing_in import require_release, signed
from commands.tasks.rules import Step
from connectors.chat import Text
from storage.models import UndoStep
from storage.queries import tasks as queries


def release(act: Acting, matter: Matter) -> tuple[Described, str, UndoStep]:
    """同意报出: the report goes to whoever looks at it, and counts from now. Also: where it went.

    Raises:
        NotAllowed: the actor neither is a head of that unit nor stands in for one, or it is their own.
        NotNow: nothing waits for it.
    """
    one = matter.obligation
    require_head(act, matter)
    files = queries.last_submission(act.session, one.id)
    note = _note(act, matter)
    with changing(act, Step.RELEASE, matter) as change:
        step(act, matter, Step.RELEASE)
        to = deliver(act, change, matter, files, note)
    head = signed(act, one.unit_id)
    part = described(act, matter)
    news = Text(f"{head}已同意，{matter.name} 已送{to.said if part.is_lead else part.lead_unit}。")
    told = tell(act, [one.handler_id, one.submitted_by_id], news, key=f"released:{one.id}:{one.decision_no}")
    taken_back = f"{part.unit}撤回了 {matter.name} 的报出，不用再看。"
    return part, to.said, change.undoable(f"{matter.name} 同意报出", told=[(told + to.people, taken_back)])


def revise(act: Acting, matter: Matter, reason: str) -> tuple[Described, UndoStep]:
    """退改: back to the handler, with the files, and why.

    Raises:
        NotAllowed, NotNow: as ``release``.
    """
    one = matter.obligation
    require_head(act, matter)
    with changing(act, Step.REVISE, matter, words=reason) as change:
        step(act, matter, Step.REVISE)
        one.decision_no += 1
        for file in queries.last_submission(act.session, one.id):
            change.watch(matter.task, file)
            file.submission = 0
    part = described(act, matter)
    head = signed(act, one.unit_id)
    shown = cards.revised(part, reason=reason, by=head, no=one.decision_no)
    told = tell(
        act,
        [one.handler_id, one.submitted_by_id],
        shown,
        key=f"revised:{one.id}:{one.decision_no}",
        subject=f"obligation:{one.id}",
    )
    return part, change.undoable(f"{matter.name} 退改", told=[(told, f"{head}撤回了 {matter.name} 的退改。")])


def require_head(act: Acting, matter: Matter) -> None:
    """Raises ``NotAllowed`` unless the actor may let this out of the unit; see ``release``."""
    one = matter.obligation
    require_release(act, one.unit_id, matter.name, (one.submitted_by_id, one.handler_id))
    if one.state is rules.S.RELEASING and one.submitted_by_id == act.actor.id:
        raise NotAllowed(f"{matter.name} 是您自己报的，请本单位其他负责人审核。")


def _note(act: Acting, matter: Matter) -> str:
    """What the handler wrote with the report."""
    entry = queries.last_entry(act.session, matter.obligation.id, [Step.SUBMIT_FOR_RELEASE])
    if entry is None or entry.body is None:
        return ""
    return str(json.loads(entry.body).get("words", ""))
