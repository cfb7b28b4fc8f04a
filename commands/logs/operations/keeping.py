"""One text is the log and the progress of the matters it names; both are taken back together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from commands.calendar import SHANGHAI, say_date
from commands.errors import BadInput, NotFound, NotNow
from commands.logs import rules
from commands.logs.rules import PARTS, Ref, Said
from commands.tasks import rules as task_rules
from commands.tasks.operations import reporting
from commands.tasks.operations.acting import Acting, Matter, matters, matters_by_id, speaks_for
from commands.tasks.operations.changing import changing, values_of
from commands.tasks.operations.undoing import take_back as take_back_progress
from commands.tasks.rules import Step
from commands.undo import steps
from storage import audit
from storage.models import LogKind, ObligationState, Progress, UndoStep, WorkLog
from storage.queries import logs as queries

TAKE_BACK = "logs.take_back"  #: the undo operation of this subject


@dataclass(slots=True)
class Written:
    """The progress a log wrote. ``steps``: their ways back, in the order taken; ``notes``: what was said of
    matters that could not be updated, and why."""

    ids: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)  #: work on what was not signed for signs for it
    steps: list[UndoStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kept:
    said: Said  #: the whole log as it stands now
    late: bool
    written: Written
    undo: UndoStep
    added_to: datetime | None = None  #: when the log it was added to was first said


def check_day(said: Said, now: datetime) -> None:
    """Raises:
    BadInput: a day to come, or one too long ago.
    """
    today = rules.today(now)
    if said.day > today:
        raise BadInput("还没到的日子先不记日报。安排可以写进今天的日报，例如：日报：…；明天…")
    if said.kind is LogKind.DAY and (today - said.day).days > rules.LATEST_FILL:
        raise BadInput(f"补日报最多补 {rules.LATEST_FILL} 天以内的，这天的请直接报到事项上。")


def keep(act: Acting, said: Said, *, report: bool = True) -> Kept:
    """Write it down, added to what the day has already. Without ``report`` no progress is written (a draft
    made from progress).

    Raises:
        BadInput: a day to come, or one too long ago.
        NotNow: all of it was said before.
    """
    check_day(said, act.now)
    queries.lock_person(act.session, act.actor.id)
    row = queries.standing(act.session, act.actor.id, said.kind, said.day)
    fresh = said if row is None else said.without(said_of(row))
    if fresh.empty:
        raise NotNow("这些已经记过了，不用再报。要改请说“更正日报：…”。")
    written = report_all(act, fresh) if report else Written()
    added_to = None if row is None else row.at
    was = None if row is None else values_of(row)
    if row is None:
        row = _new(act, said)
    else:
        for name in PARTS:
            setattr(row, name, [*getattr(row, name), *getattr(fresh, name)])
    row.progress_ids = [*row.progress_ids, *written.ids]
    row.changed_at = act.now
    act.session.flush()
    record(act, row, "log" if was is None else "log_added", was)
    act.notices.withdraw(act.actor.id, f"log:{said.day.isoformat()}")
    undo = undoable(act, row, was, written)
    return Kept(said_of(row), row.late, written, undo, _local(added_to))


def _new(act: Acting, said: Said) -> WorkLog:
    row = WorkLog(
        person_id=act.actor.id,
        kind=said.kind,
        day=said.day,
        late=said.kind is LogKind.DAY and said.day < rules.today(act.now),
        done=list(said.done),
        plan=list(said.plan),
        issues=list(said.issues),
        needs=list(said.needs),
        at=act.now,
        changed_at=act.now,
    )
    act.session.add(row)
    return row


def said_of(row: WorkLog) -> Said:
    return Said(row.kind, row.day, *(tuple(getattr(row, name)) for name in PARTS))


def report_all(act: Acting, said: Said) -> Written:
    """进展 of each matter a day's log names, where it is the actor's own and in work."""
    written = Written()
    if said.kind is not LogKind.DAY:
        return written
    notes = rules.by_task([*said.done, *said.issues])
    found = matters(act, _visible(act, list(notes), written), step=Step.REPORT)
    by_number = {matter.task.number: matter for matter in found}
    for (number, _), note in notes.items():
        matter = by_number.get(number)
        if matter is not None:
            _report(act, matter, note, said, written)
    return written


def _visible(act: Acting, refs: Sequence[Ref], written: Written) -> list[Ref]:
    """Looked at one by one, so that they can be locked together."""
    found = []
    for ref in refs:
        try:
            matters(act, [ref], lock=False)
        except NotFound:
            written.notes.append(f"没有找到 T{ref[0]}，只写在日报里。")
        else:
            found.append(ref)
    return found


def _report(act: Acting, matter: Matter, note: str, said: Said, written: Written) -> None:
    one = matter.obligation
    if not speaks_for(act, one):
        whose = act.unit(one.unit_id) if one.unit_id != act.actor.unit_id else "本单位其他同事"
        written.notes.append(f"{matter.name} 由{whose}办理，只写在日报里，进展没有改。")
        return
    if task_rules.next_state(one.part, Step.REPORT, one.state) is None:
        if one.state is not ObligationState.DONE:
            written.notes.append(f"{matter.name} 现在是“{task_rules.SAID[one.state]}”，只写在日报里。")
        return
    late = said.day < rules.today(act.now)
    percent = None if late else rules.percent_in(note)
    words = f"{say_date(said.day, now=act.now)}：{note}" if late else note
    kept = reporting.report_progress(act, matter, note=words, percent=percent)
    written.ids += _made_by(kept.undo)
    written.names.append(matter.name)
    if kept.signed:
        written.signed.append(matter.name)
    written.steps.append(kept.undo)


def _made_by(step: UndoStep) -> list[int]:
    return [int(name.partition(":")[2]) for name in step.inverse["created"] if name.startswith("progress:")]


def withdraw_entries(act: Acting, entries: Sequence[Progress], written: Written) -> None:
    """These entries no longer count; their matters must still be the actor's business.

    Raises:
        NotFound: one is none of it any more.
    """
    owners = {
        matter.obligation.id: matter for matter in matters_by_id(act, [e.obligation_id for e in entries])
    }
    for entry in entries:
        matter = owners[entry.obligation_id]
        with changing(act, "correct", matter) as change:
            change.watch(matter.task, entry)
            entry.withdrawn_at = act.now
        written.steps.append(change.undoable(f"{matter.name} 进展", guarded=False))


def undoable(act: Acting, row: WorkLog, was: dict[str, object] | None, written: Written) -> UndoStep:
    """The newest step of the actor: 撤回 takes back the log and its progress at once."""
    names = f"和 {'、'.join(written.names)} 进展" if written.names else ""
    what = {"day": "日报", "week": "周小结", "month": "月小结"}[row.kind.value]
    return steps.undoable(
        act,
        f"{_local(act.now):%H:%M} 的{what}{names}",
        TAKE_BACK,
        {"log": row.id, "was": was, "steps": [one.id for one in written.steps]},
        guard={"changed_at": row.changed_at.isoformat()},
    )


def take_back(act: Acting, step: UndoStep) -> None:
    """The log is as it was before ``step``, or withdrawn; and so is the progress it wrote.

    Raises:
        NotNow: the log was changed since, or somebody acted on one of the matters.
    """
    queries.lock_person(act.session, act.actor.id)
    row = act.session.get_one(WorkLog, step.inverse["log"], populate_existing=True)
    if row.withdrawn_at is not None or row.changed_at != datetime.fromisoformat(step.guard["changed_at"]):
        raise NotNow("日报在这之后又改过，请先撤回后面的一次。")
    for number in reversed(step.inverse["steps"]):
        part = act.session.get_one(UndoStep, number, populate_existing=True)
        if part.undone_at is None:
            take_back_progress(act, part)
            part.undone_at = act.now
    was, before = step.inverse["was"], values_of(row)
    if was is None:
        row.withdrawn_at = act.now
    else:
        for name in (*PARTS, "progress_ids"):
            setattr(row, name, was[name])
        row.changed_at = datetime.fromisoformat(was["changed_at"])
    act.session.flush()
    record(act, row, "undo", before)


def record(act: Acting, row: WorkLog, action: str, was: dict[str, object] | None) -> None:
    """办理记录: what the log says now and what it said before."""
    now = values_of(row)
    before = was or {}
    changed = {key: value for key, value in now.items() if key not in before or before[key] != value}
    earlier = {key: before[key] for key in changed if key in before} or None
    audit.record(
        act.session,
        at=act.now,
        actor=f"person:{act.actor.id}",
        action=action,
        object=f"work_log:{row.id}",
        body={"before": earlier, "after": changed, "inverse": earlier},
    )


def _local(at: datetime | None) -> datetime | None:
    return at.astimezone(SHANGHAI) if at is not None else None


def own_log(session: Session, person_id: int, said: Said | None) -> WorkLog:
    """The log to be corrected: of the day said, else the one changed last.

    Raises:
        NotFound: there is none.
    """
    row = (
        queries.standing(session, person_id, said.kind, said.day)
        if said is not None
        else queries.latest(session, person_id)
    )
    if row is None:
        raise NotFound("还没有您的日报。直接说“日报：做了什么；明天做什么”就行。")
    return row
