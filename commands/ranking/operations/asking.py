"""为什么我们是B, 逐件看, 看算法, 哪家最慢."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from commands.calendar import SHANGHAI, Workdays, say_date, say_due
from commands.ranking.cards.items import AnswerLine, Line
from commands.ranking.cards.publishing import OVERDUE_TOLD
from commands.ranking.operations.acting import Acting
from commands.ranking.operations.checking import item_said
from commands.ranking.operations.computing import result
from commands.ranking.operations.counting import Lateness, counted_limit, late_days, window_of
from commands.ranking.operations.showing import names_of, standing_of
from commands.ranking.rules.explaining import explain
from commands.ranking.rules.scoring import Aspect, lags
from storage.models import (
    Grain,
    Initiative,
    ObjectionState,
    Obligation,
    Ranking,
    RankingState,
    Task,
    TaskState,
    Unit,
)
from storage.models.task import ObligationState
from storage.queries import initiatives
from storage.queries import ranking as queries
from storage.queries import ranking_figures as counted
from storage.queries import tasks as task_queries

#: Once a leader has decided, a unit may know its band.
SETTLED = frozenset({RankingState.PUBLISHED, RankingState.UNITS_ONLY})
_CLOCK_RUNS = (ObligationState.ASSIGNED, ObligationState.IN_PROGRESS, ObligationState.RELEASING)
_PROMISE = re.compile(r"(\d{1,2})月(\d{1,2})日(?:（周.）)?前")
_EXCLUDED = {
    ObjectionState.OPEN: "有异议，先不计",
    ObjectionState.EXCLUDED: "核实，不计入",
    ObjectionState.KEPT: "",
}


def method_lines(session: Session, ranking: Ranking, unit: Unit) -> list[str]:
    """The sums of the unit's index; before a decision without its band."""
    shown = explain(standing_of(session, ranking, unit.id))
    if shown is None:
        return ["这一期没有可以统计的数据。"]
    lines = shown.lines()
    return lines if ranking.state in SETTLED else lines[:-1]


def item_lines(act: Acting, ranking: Ranking, unit: Unit) -> tuple[list[Line], list[AnswerLine]]:
    """Everything the unit's figures came from."""
    window, lateness = window_of(ranking), Lateness(act.calendar)
    left_out = {each.item: _EXCLUDED[each.state] for each in queries.objections(act.session, ranking.id)}
    lines = []
    for item in counted.items(act.session, window, unit.id):
        was = counted_limit(act.session, window, item, unit.id, lateness)
        late, planned = late_days(item, window, lateness, was=was)
        lines.append(
            Line(
                said=item_said(item),
                title=item.title,
                due=_day(was or item.due, act.now) + ("（延期当天才申请，按原时限）" if was else ""),
                reported=_day(item.reported, act.now),
                late=late,
                planned=planned,
                returned=item.returned,
                facts=item.facts,
                weight=item.weight,
                excluded=left_out.get(f"obligation:{item.obligation_id}", ""),
            )
        )
    answers = [
        AnswerLine(
            said=f"T{asked.number}",
            what=asked.what,
            due=say_due(asked.answer_due_at, Grain.MINUTE, now=act.now),
            answered=say_due(asked.answered_at, Grain.MINUTE, now=act.now) if asked.answered_at else "",
            in_time=asked.in_time,
            excluded=left_out.get(f"cooperation_request:{asked.id}", ""),
        )
        for asked in counted.asked(act.session, window, unit.id)
    ]
    return lines, answers


def _day(day: date | None, now: datetime) -> str:
    return say_date(day, now=now) if day is not None else ""


@dataclass(frozen=True, slots=True)
class Slow:
    """``overdue``: number, unit, until when it is asked for anew; ``units``: how many there are;
    ``lagging``: of whom the figures allow to say that they are behind."""

    overdue: Sequence[tuple[int, str, str]]
    units: int
    lagging: Sequence[str]


def slowest(session: Session, initiative: Initiative, *, now: datetime, calendar: Workdays) -> Slow:
    """What is overdue now, and what four weeks allow to say of whom."""
    members = initiatives.members(session, initiative.id)
    names = {unit.id: unit.name for unit in members}
    query = (
        select(Task.number, Obligation.unit_id, Obligation.id)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(
            Task.initiative_id == initiative.id,
            Task.state == TaskState.ACTIVE,
            col(Obligation.state).in_(_CLOCK_RUNS),
            col(Obligation.due_at) < now,
            sa.or_(col(Obligation.supplement_due_at).is_(None), col(Obligation.supplement_due_at) < now),
        )
        .order_by(col(Obligation.due_at), col(Task.number))
    )
    rows = list(session.exec(query))
    missing = [unit_id for _, unit_id, _ in rows if unit_id not in names]
    names |= names_of(session, missing) if missing else {}
    overdue = [
        (number, names[unit_id], _promised(session, obligation_id, now) if no < OVERDUE_TOLD else "")
        for no, (number, unit_id, obligation_id) in enumerate(rows)
    ]
    return Slow(overdue, len(members), _lagging(session, initiative, names))


def _promised(session: Session, obligation_id: int, now: datetime) -> str:
    """The day until which the unit said it would make up for it, from its last progress."""
    for entry in task_queries.progress_of(session, [obligation_id], 1):
        said = _PROMISE.search(entry.note)
        if said is not None:
            year = now.astimezone(SHANGHAI).year
            with contextlib.suppress(ValueError):
                return say_date(date(year, int(said[1]), int(said[2])), now=now)
    return ""


def _lagging(session: Session, initiative: Initiative, names: dict[int, str]) -> list[str]:
    """Units whose share on time, or of answers in time, lies below the average even at the upper end of
    its interval, in the newest period that was decided."""
    ranking = queries.newest(session, initiative.id, SETTLED)
    if ranking is None:
        return []
    ranked = result(session, ranking)
    found = []
    for standing in ranked.standings:
        tallies = standing.unit.figures.tallies()
        for aspect in (Aspect.TIMELY, Aspect.RESPONSE):
            tally = tallies.get(aspect)
            if tally is not None and lags(
                tally.mean * tally.effective, tally.effective, ranked.averages[aspect]
            ):
                found.append(names.get(standing.unit.id, ""))
                break
    return [name for name in found if name]
