"""The units get their figures, say 无异议 or 有异议, and the office answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from commands.access import Permission
from commands.calendar import SHANGHAI, Workdays
from commands.errors import BadInput, NotFound, NotNow
from commands.notify import LANE_BULK, Notices
from commands.ranking.cards import checking as cards
from commands.ranking.operations import computing, publishing
from commands.ranking.operations.acting import Acting, lock, office, own_unit, unit_people
from commands.ranking.operations.counting import (
    Lateness,
    counted_limit,
    of_asked,
    of_item,
    window_of,
)
from commands.ranking.rules import periods
from commands.ranking.rules.figures import Figures
from storage.models import (
    Initiative,
    Objection,
    ObjectionState,
    Ranking,
    RankingState,
    Unit,
)
from storage.queries import ranking as queries
from storage.queries import ranking_figures as counted

_TASK = re.compile(r"[Tt]\s*(\d{1,6})(?:\.(\d{1,2}))?")
_PERIOD = re.compile(r"第\s*(\d{1,3})\s*期")
_ANSWER = re.compile(r"商请|答复")
MAX_WORDS = 300


def send_figures(
    session: Session, ranking: Ranking, notices: Notices, calendar: Workdays, *, now: datetime
) -> None:
    """3.06: each unit reads its own, nobody else's."""
    span = periods.Period(ranking.number, ranking.first, ranking.last).says(calendar)
    for line in queries.lines(session, ranking.id):
        figures = Figures.load(line.figures)
        if not figures.matters and not figures.asked:
            continue
        unit = session.get_one(Unit, line.unit_id)
        shown = cards.to_check(
            unit=unit.name,
            span=span,
            figures=figures,
            until=ranking.check_until or now,
            now=now,
            no=ranking.version,
        )
        for person_id in unit_people(session, unit.id, now):
            notices.to_person(
                person_id,
                shown,
                key=f"figures:{ranking.id}:{unit.id}",
                subject=f"ranking:{ranking.id}",
                lane=LANE_BULK,
                on_unknown="hold",
            )


def check(act: Acting, ranking: Ranking) -> Unit:
    """无异议.

    Raises:
        NotAllowed: not the unit's liaison or head.
        NotNow: the days for it are over.
    """
    unit = own_unit(act, ranking)
    act.rights.require(Permission.CHECK_FIGURES, unit_id=unit.id)
    ranking = lock(act, ranking)
    if ranking.state is not RankingState.CHECKING:
        raise NotNow("核对的时间已经过了，已按无异议。发布后三个工作日内还可以提异议。")
    line = next(each for each in queries.lines(act.session, ranking.id) if each.unit_id == unit.id)
    line.checked_at, line.checked_by_id = act.now, act.actor.id
    act.session.flush()
    computing.record(
        act.session, ranking, "ranking.check", now=act.now, actor=act.name, unit=unit.id, **_stead(act, unit)
    )
    return unit


def _stead(act: Acting, unit: Unit) -> dict[str, object]:
    """For the record: who is away and would have said it."""
    away = act.rights.in_stead_of(Permission.CHECK_FIGURES, unit_id=unit.id)
    return {} if away is None else {"in_stead_of": away}


@dataclass(frozen=True, slots=True)
class _Item:
    """What is objected to: ``item`` names it in storage."""

    item: str
    said: str
    figures: Figures
    counted: str


def object_to(act: Acting, ranking: Ranking, initiative: Initiative, words: str) -> Objection:
    """有异议: the matter does not count until the office has answered; once published, it stands till then.

    Raises:
        NotAllowed: not the unit's liaison or head.
        NotNow: the days for it are over, or the matter was objected to before.
        NotFound: no such matter of the unit counts in this period.
    """
    unit = own_unit(act, ranking)
    act.rights.require(Permission.CHECK_FIGURES, unit_id=unit.id)
    if len(words) > MAX_WORDS:
        raise BadInput(f"理由请写在 {MAX_WORDS} 字以内，材料可以另外发给督查室。")
    ranking = lock(act, ranking)
    _require_open(act, ranking)
    found = _meant(act, ranking, unit, words)
    before = [each for each in queries.objections(act.session, ranking.id) if each.item == found.item]
    if before:
        raise NotNow(
            f"{found.said} 已经提过异议了，督查室{'已经答复' if before[0].decided_at else '还没答复'}。"
        )
    objection = Objection(
        ranking_id=ranking.id,
        unit_id=unit.id,
        person_id=act.actor.id,
        item=found.item,
        said=found.said,
        words=words,
        figures=found.figures.dump(),
        at=act.now,
        answer_until=periods.answer_until(act.now.astimezone(SHANGHAI).date(), act.calendar),
    )
    act.session.add(objection)
    act.session.flush()
    computing.rerank(act.session, ranking)
    _record(act, ranking, "ranking.object", objection, **_stead(act, unit))
    card = cards.objection(
        unit=unit.name,
        by=act.actor.name,
        said=found.said,
        counted=found.counted,
        words=words,
        until=objection.answer_until,
        now=act.now,
    )
    act.notices.to_people(
        office(act.session, initiative),
        card,
        key=f"objection:{objection.id}",
        subject=f"objection:{objection.id}",
    )
    return objection


def is_open_for(act: Acting, ranking: Ranking, unit: Unit, numbers: Sequence[int]) -> bool:
    """Whether the unit can object to its figures now; with ``numbers``, whether one of these is in them."""
    try:
        _require_open(act, ranking)
    except NotNow:
        return False
    if not numbers:
        return True
    items = counted.items(act.session, window_of(ranking), unit.id)
    return any(item.number in numbers for item in items)


def _require_open(act: Acting, ranking: Ranking) -> None:
    today = act.now.astimezone(SHANGHAI).date()
    if ranking.state is RankingState.CHECKING:
        if ranking.check_until is None or act.now <= ranking.check_until:
            return
        raise NotNow("核对的时间已经过了，已按无异议。发布后三个工作日内还可以提异议。")
    if ranking.state is RankingState.PUBLISHED and ranking.object_until is not None:
        if today <= ranking.object_until:
            return
        raise NotNow("提异议的三个工作日已经过了。有事实不对的，请直接找督查室。")
    raise NotNow("核对的时间已经过了，正等领导审定。发布后三个工作日内还可以提异议。")


def _meant(act: Acting, ranking: Ranking, unit: Unit, words: str) -> _Item:
    task = _TASK.search(words)
    if task is None:
        raise BadInput(cards.which_item(unit.name))
    number, part = int(task[1]), int(task[2]) if task[2] else None
    window, lateness = window_of(ranking), Lateness(act.calendar)
    if _ANSWER.search(words):
        for asked in counted.asked(act.session, window, unit.id):
            if asked.number == number:
                said = f"T{number} 商请"
                verdict = "按时答复" if asked.in_time else "没按时答复"
                return _Item(f"cooperation_request:{asked.id}", said, of_asked(asked), verdict)
    nth = _PERIOD.search(words)
    for item in counted.items(act.session, window, unit.id):
        fits = item.number == number and (part is None or item.position == part)
        if fits and (nth is None or item.period == int(nth[1])):
            was = counted_limit(act.session, window, item, unit.id, lateness)
            figures = of_item(item, window, lateness, was=was)
            said = item_said(item)
            late = f"晚 {figures.late[0].days} 个工作日" if figures.late else "按时"
            back = f"，退回 {item.returned} 次" if item.returned else ""
            return _Item(f"obligation:{item.obligation_id}", said, figures, f"{late}{back}")
    raise NotFound(f"本期没有统计本单位的 T{number}{f' {nth[0]}' if nth else ''}。说“逐件看”可以看全部。")


def names_item(words: str) -> bool:
    """Whether a number of a matter is said."""
    return _TASK.search(words) is not None


def item_said(item: counted.Item) -> str:
    """``T7 第 2 期``; ``T12 配合`` for a co-operation."""
    part = " 配合" if item.position > 1 else ""
    return f"T{item.number}{part}" + (f" 第 {item.period} 期" if item.recurrence else "")


def answer(
    act: Acting, objection_id: int | None, *, exclude: bool, reason: str = ""
) -> tuple[Objection, Unit]:
    """不计入 or 维持, with its ground. Without a card: the only one that waits.

    Raises:
        NotAllowed: the actor is not of the office.
        NotFound: none waits, or several do.
        NotNow: it was answered already.
    """
    objection = _waiting(act, objection_id)
    ranking = lock(act, act.session.get_one(Ranking, objection.ranking_id))
    initiative = act.session.get_one(Initiative, ranking.initiative_id)
    act.rights.require(Permission.ANSWER_OBJECTION, initiative_id=initiative.id)
    act.session.refresh(objection)
    if objection.state is not ObjectionState.OPEN:
        said = "不计入" if objection.state is ObjectionState.EXCLUDED else "维持"
        raise NotNow(f"{objection.said} 的异议已经答复过了：{said}。")
    objection.state = ObjectionState.EXCLUDED if exclude else ObjectionState.KEPT
    objection.decided_by_id, objection.decided_at = act.actor.id, act.now
    act.session.flush()
    changed = computing.rerank(act.session, ranking)
    _record(act, ranking, "ranking.answer", objection, reason=reason)
    unit = act.session.get_one(Unit, objection.unit_id)
    told = dict.fromkeys([objection.person_id, *unit_people(act.session, unit.id, act.now)])
    text = cards.answered(objection.said, excluded=exclude, reason=reason)
    act.notices.to_people(told, text, key=f"objection_answered:{objection.id}")
    if ranking.state is RankingState.PUBLISHED and changed:
        publishing.correct(act.session, ranking, initiative, act.notices, act.calendar, now=act.now)
    return objection, unit


def _waiting(act: Acting, objection_id: int | None) -> Objection:
    if objection_id is not None:
        found = act.session.get(Objection, objection_id)
        if found is None:
            raise NotFound("没有找到这条异议。")
        return found
    query = select(Objection).where(Objection.state == ObjectionState.OPEN)
    waiting = act.session.exec(query.order_by(col(Objection.id))).all()
    named = _TASK.search(act.said)
    if named is not None:
        waiting = [each for each in waiting if each.said.split(" ")[0] == f"T{named[1]}"]
    if len(waiting) != 1:
        raise NotFound("没有等答复的异议。" if not waiting else "有几条异议，请点各自卡片上的按钮。")
    return waiting[0]


def _record(act: Acting, ranking: Ranking, action: str, objection: Objection, **words: object) -> None:
    computing.record(
        act.session,
        ranking,
        action,
        now=act.now,
        actor=act.name,
        objection=objection.id,
        item=objection.item,
        decided=objection.state,
        words=objection.words,
        **words,
    )
