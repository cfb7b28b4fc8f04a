"""受阻: the office says whether the clock stands; 恢复 when the obstacle is gone."""

from commands.cooperation.operations.answering import how_it_stands
from commands.errors import NotNow
from commands.tasks import rules as tasks_rules
from commands.tasks.operations import adjusting
from commands.tasks.operations.acting import Acting, Matter, require_speaker, speaks_for, tell
from commands.tasks.operations.changing import Change, changing
from commands.tasks.rules import say_moment
from connectors.chat import Text
from storage.models import ClockDecision, CooperationRequest, CooperationState, UndoStep
from storage.queries import cooperation as queries


def keep(act: Acting, matter: Matter, row: CooperationRequest) -> UndoStep:
    """照常计时.

    Raises:
        NotAllowed: not the office, or its own matter.
        NotNow: said already.
    """
    adjusting.require_office(act, matter)
    _require_open(act, matter, row)
    with changing(act, "keep_clock", matter) as change:
        _say(act, change, matter, row, ClockDecision.KEEP)
    one = matter.obligation
    late = f"{act.unit(row.to_unit_id)}若晚给，晚几天顺延几天。" if row.to_unit_id is not None else ""
    news = Text(f"{matter.name} 照常计时，时限 {adjusting.limits(act, one)}。{late}")
    told = tell(act, _askers(act, matter, row), news, key=f"cooperation:{row.id}:keep")
    return change.undoable(
        f"{matter.name} 照常计时", told=[(told, f"督查室撤回了 {matter.name}“照常计时”，定了再告诉您。")]
    )


def suspend(act: Acting, matter: Matter, row: CooperationRequest) -> UndoStep:
    """暂停计时 of a blocked matter.

    Raises:
        NotAllowed, NotNow: as ``keep``; or the clock does not run.
    """
    adjusting.require_office(act, matter)
    _require_open(act, matter, row)
    with changing(act, "suspend_clock", matter) as change:
        _say(act, change, matter, row, ClockDecision.SUSPEND)
    return together(adjusting.suspend(act, matter, why=f"等：{row.what}"), change)


def _say(act: Acting, change: Change, matter: Matter, row: CooperationRequest, said: ClockDecision) -> None:
    change.watch(matter.task, row)
    row.clock, row.clock_at, row.clock_by_id = said, act.now, act.actor.id


def _require_open(act: Acting, matter: Matter, row: CooperationRequest) -> None:
    if row.clock is not ClockDecision.OPEN:
        said = "暂停计时" if row.clock is ClockDecision.SUSPEND else "照常计时"
        when = say_moment(row.clock_at) if row.clock_at else ""
        raise NotNow(f"{matter.name} 已由{act.person(row.clock_by_id)}于{when}定：{said}。")
    if row.state in (CooperationState.WITHDRAWN, CooperationState.CLOSED):
        raise NotNow(how_it_stands(act, matter, row))


def over(act: Acting, matter: Matter, words: str) -> tuple[int, UndoStep]:
    """恢复, said by who does the work or by the office: nothing is waited for any more, a clock that
    stood goes on. How many working days the limit moved.

    Raises:
        NotAllowed: it is somebody else's.
        NotNow: it neither stands nor waits for anything.
    """
    if not speaks_for(act, matter.obligation):
        adjusting.require_office(act, matter)
    else:
        require_speaker(act, matter)
    waiting = queries.of_obligations(act.session, [matter.obligation.id])
    stands = matter.obligation.state is tasks_rules.S.SUSPENDED
    if not stands and not waiting:
        raise NotNow(f"{matter.name} 没有暂停，也没有在等别的单位，照常办理就行。")
    with changing(act, "unblock", matter, words=words) as change:
        for row in waiting:
            change.watch(matter.task, row)
            row.state, row.closed_at = CooperationState.CLOSED, act.now
            row.decision_no += 1
    _tell_asked(act, matter, waiting)
    if not stands:
        return 0, change.undoable(f"{matter.name} 恢复")
    stood, undo = adjusting.resume(act, matter, why=words)
    return stood, together(undo, change)


def together(undo: UndoStep, change: Change) -> UndoStep:
    """One 撤回 takes back both; they changed different rows."""
    undo.inverse = {**undo.inverse, "rows": {**undo.inverse["rows"], **change.inverse}}
    return undo


def _tell_asked(act: Acting, matter: Matter, waiting: list[CooperationRequest]) -> None:
    for row in waiting:
        if row.to_unit_id is None or row.delivered_at is not None:
            continue
        news = Text(f"{matter.name} 的商请“{row.what}”已经解决，不用再给。")
        people = [row.answered_by_id, *act.doors(row.to_unit_id)]
        tell(act, people, news, key=f"cooperation:{row.id}:over")


def _askers(act: Acting, matter: Matter, row: CooperationRequest) -> list[int | None]:
    return [row.person_id, *act.receivers(matter.obligation)]
