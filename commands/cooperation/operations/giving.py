"""给T21: what was asked for reaches the asker; 够用了, 请补充; late giving moves the asker's limit."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.cooperation import cards, rules
from commands.cooperation.operations.answering import how_it_stands
from commands.cooperation.operations.asking import subject
from commands.cooperation.operations.clock import together
from commands.errors import NotAllowed, NotNow
from commands.tasks import rules as tasks_rules
from commands.tasks.operations import adjusting
from commands.tasks.operations.acting import Acting, Matter, speaks_for, tell
from commands.tasks.operations.changing import Change, changing
from commands.tasks.operations.describing import said_limit
from commands.tasks.operations.receiving import forward
from commands.tasks.rules import say_moment
from connectors.chat import Text
from storage.models import (
    Answer,
    Attachment,
    ClockDecision,
    CooperationDelivery,
    CooperationRequest,
    CooperationState,
    UndoStep,
)
from storage.queries import cooperation as queries


@dataclass(frozen=True, slots=True)
class Given:
    to: str  #: 城管局丁凯
    late: int  #: working days


def give(
    act: Acting, matter: Matter, row: CooperationRequest, files: Sequence[Attachment], note: str
) -> Given:
    """The files and words go to the asker at once; the first time of giving is kept.

    Raises:
        NotAllowed: another unit was asked.
        NotNow: withdrawn, or done already.
    """
    if row.to_unit_id != act.actor.unit_id:
        raise NotAllowed(f"{matter.name} 的商请不是给您单位的。")
    if row.state not in rules.GIVABLE:
        raise NotNow(how_it_stands(act, matter, row))
    first = row.delivered_at is None
    with changing(act, "give", matter, words=note) as change:
        change.watch(matter.task, row)
        row.state = CooperationState.DELIVERED
        row.delivered_at = row.delivered_at or act.now
        if row.answered_at is None:
            row.answer, row.answered_at, row.answered_by_id = Answer.YES, act.now, act.actor.id
        row.decision_no += 1
        _keep(act, change, matter, row, files, note)
        moved = _move_asker(act, matter, row) if first else False
    _show(act, matter, row, files, note, moved=moved)
    late = rules.workdays_late(row, row.delivered_at or act.now, act.calendar)
    return Given(f"{act.unit(row.from_unit_id)}{act.person(row.person_id)}", late)


def _keep(
    act: Acting,
    change: Change,
    matter: Matter,
    row: CooperationRequest,
    files: Sequence[Attachment],
    note: str,
) -> None:
    given: list[Attachment | None] = [*files] or [None]
    for file in given:
        if file is not None:
            change.watch(matter.task, file)
            file.submission = 1
        change.add(
            matter.task,
            CooperationDelivery(
                cooperation_id=row.id,
                person_id=act.actor.id,
                attachment_id=file.id if file else None,
                note=note,
                at=act.now,
            ),
        )


def _move_asker(act: Acting, matter: Matter, row: CooperationRequest) -> bool:
    """As many working days as it was late; a clock that stands moves its limit at 恢复 instead."""
    one = matter.obligation
    late = rules.workdays_late(row, act.now, act.calendar)
    moves = one.state in tasks_rules.MOVES and one.state is not tasks_rules.S.SUSPENDED
    if not late or not moves or one.due_at is None or row.clock is ClockDecision.SUSPEND:
        return False
    every = tuple(CooperationState)
    others = [o for o in queries.of_obligations(act.session, [one.id], every) if o.id != row.id]
    row.shifted = rules.shift(late, others)
    if not row.shifted:
        return False
    one.original_due_at = one.original_due_at or one.due_at
    one.due_at = tasks_rules.moved_due(one.due_at, row.shifted, act.calendar)
    if one.state not in tasks_rules.DECIDED_ON:
        one.decision_no += 1
    return True


def _show(
    act: Acting,
    matter: Matter,
    row: CooperationRequest,
    files: Sequence[Attachment],
    note: str,
    *,
    moved: bool,
) -> None:
    one = matter.obligation
    shown = cards.delivered(
        name=matter.name,
        unit=act.unit(act.actor.unit_id or 0),
        at=say_moment(act.now),
        late=rules.workdays_late(row, act.now, act.calendar),
        files="、".join(file.name for file in files),
        note=note,
        limit=said_limit(act, one.due_at, one.due_grain) if moved else "",
        no=row.decision_no,
    )
    key = f"cooperation:{row.id}:given:{row.decision_no}"
    people = tell(act, _askers(act, matter, row), shown, key=key, subject=subject(row))
    forward(act, people, files, key=key)


def enough(act: Acting, matter: Matter, row: CooperationRequest) -> UndoStep:
    """够用了: it is closed, and a clock that stood for it goes on.

    Raises:
        NotAllowed: the actor did not ask for it.
        NotNow: nothing was given, or it is closed.
    """
    _require_given(act, matter, row)
    one = matter.obligation
    with changing(act, "enough", matter) as change:
        change.watch(matter.task, row)
        row.state, row.closed_at = CooperationState.CLOSED, act.now
        row.decision_no += 1
    giver = queries.last_deliverer(act.session, row.id)
    news = Text(f"{act.unit(row.from_unit_id)}{act.actor.name}：{matter.name} 的材料够用了，谢谢。")
    told = tell(act, [giver, row.answered_by_id], news, key=f"cooperation:{row.id}:enough")
    if one.state is tasks_rules.S.SUSPENDED and row.clock is ClockDecision.SUSPEND:
        _, undo = adjusting.resume(act, matter, why="等的材料已给")
        undo.what = f"{matter.name} 够用了"
        return together(undo, change)
    taken_back = f"{matter.name} 的“够用了”已撤回。"
    return change.undoable(f"{matter.name} 够用了", told=[(told, taken_back)])


def more(act: Acting, matter: Matter, row: CooperationRequest, words: str) -> UndoStep:
    """请补充: back to who gave it, with what is missing.

    Raises:
        NotAllowed, NotNow: as ``enough``.
    """
    _require_given(act, matter, row)
    with changing(act, "ask_unit_for_more", matter, words=words) as change:
        change.watch(matter.task, row)
        row.state = CooperationState.ANSWERED
        row.decision_no += 1
    giver = queries.last_deliverer(act.session, row.id)
    news = Text(
        f"{act.unit(row.from_unit_id)}{act.actor.name}：{matter.name} 请补充：{words}。"
        f"补好后把文件私聊发我，写上“给{matter.name}”。原提供时间保留。"
    )
    people = [giver, *act.doors(row.to_unit_id or 0)]
    told = tell(act, people, news, key=f"cooperation:{row.id}:more:{row.decision_no}")
    return change.undoable(
        f"{matter.name} 请补充", told=[(told, f"{matter.name} 不用再补，“请补充”已撤回。")]
    )


def _require_given(act: Acting, matter: Matter, row: CooperationRequest) -> None:
    if not may_take(act, matter, row):
        raise NotAllowed(
            f"{matter.name} 的材料由{act.unit(row.from_unit_id)}{act.person(row.person_id)}确认。"
        )
    if row.state is not CooperationState.DELIVERED:
        raise NotNow(how_it_stands(act, matter, row))


def may_take(act: Acting, matter: Matter, row: CooperationRequest) -> bool:
    """Whether what comes is for this person: they asked, or speak for the obligation."""
    return row.person_id == act.actor.id or speaks_for(act, matter.obligation)


def _askers(act: Acting, matter: Matter, row: CooperationRequest) -> list[int | None]:
    return [row.person_id, *act.receivers(matter.obligation)]
