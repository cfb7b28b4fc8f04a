"""From checked figures to the leader's word and the groups."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from commands.access import Permission
from commands.calendar import SHANGHAI, Workdays
from commands.errors import NotAllowed, NotNow, StaleCard
from commands.notify import LANE_BULK, Notices
from commands.ranking.cards import deciding as cards
from commands.ranking.cards import picture, publishing
from commands.ranking.cards.deciding import Decision
from commands.ranking.cards.wording import Shown
from commands.ranking.operations import computing
from commands.ranking.operations.acting import (
    DECIDABLE,
    Acting,
    called,
    leader_of,
    lock,
    office,
    unit_people,
)
from commands.ranking.operations.pictures import keep_spec
from commands.ranking.operations.showing import shown, standing_of
from commands.ranking.rules import periods
from connectors.chat import Picture
from storage.models import (
    Conversation,
    Initiative,
    ObjectionState,
    Person,
    Ranking,
    RankingState,
    Unit,
)
from storage.queries import ranking as queries
from storage.queries import tasks as task_queries

_AFTER: dict[Decision, RankingState] = {
    Decision.PUBLISH: RankingState.APPROVED,
    Decision.UNITS: RankingState.UNITS_ONLY,
    Decision.HOLD: RankingState.HELD,
}


def settle(
    session: Session, ranking: Ranking, notices: Notices, calendar: Workdays, *, now: datetime, auto: bool
) -> bool:
    """The days to check are over and every objection is answered: a leader decides, or nobody has to
    (``auto``). False while something is open. The caller holds the lock."""
    waiting = ranking.check_until is None or now < ranking.check_until
    if ranking.state is not RankingState.CHECKING or waiting:
        return False
    if queries.objections(session, ranking.id, (ObjectionState.OPEN,)):
        return False
    initiative = session.get_one(Initiative, ranking.initiative_id)
    if auto:
        ranking.state = RankingState.APPROVED
        ranking.publish_on = publish_day(now, calendar)
    else:
        ranking.state = RankingState.DECIDING
    session.flush()
    computing.record(session, ranking, "ranking.settle", now=now, actor=computing.ACTOR)
    if not auto and leader_of(session, initiative) is None:
        text = cards.nobody_decides(shown(session, ranking, initiative, calendar))
        notices.to_people(office(session, initiative), text, key=f"nobody_decides:{ranking.id}")
    return True


def publish_day(now: datetime, calendar: Workdays) -> date:
    return calendar.next_workday(now.astimezone(SHANGHAI).date())


@dataclass(frozen=True, slots=True)
class ToDecide:
    """What the leader looks at."""

    shown: Shown
    objections: tuple[int, int]  #: made, still open
    groups: int
    day: date


def to_decide(
    session: Session, ranking: Ranking, initiative: Initiative, calendar: Workdays, *, now: datetime
) -> ToDecide:
    made = queries.objections(session, ranking.id)
    left = [each for each in made if each.state is ObjectionState.OPEN]
    return ToDecide(
        shown(session, ranking, initiative, calendar),
        (len(made), len(left)),
        len(_groups(session, initiative)),
        publish_day(now, calendar),
    )


def waiting_for(session: Session, leader_id: int) -> list[tuple[Ranking, Initiative]]:
    """Periods that wait for this leader's word, oldest first: for the weekly summary (［看发布］)."""
    found = []
    for ranking in queries.in_states(session, (RankingState.DECIDING,)):
        initiative = session.get_one(Initiative, ranking.initiative_id)
        leader = leader_of(session, initiative)
        if leader is not None and leader.id == leader_id:
            found.append((ranking, initiative))
    return found


def require_leader(act: Acting, initiative: Initiative) -> None:
    """Raises ``NotAllowed`` unless the actor is the leader who decides on this initiative."""
    act.rights.require(Permission.PUBLISH, initiative_id=initiative.id)
    if initiative.leader_id not in (None, act.actor.id):
        who = act.session.get_one(Person, initiative.leader_id or 0)
        raise NotAllowed(f"“{initiative.title}”的协作情况由{called(who)}审定。")


def decide(
    act: Acting,
    ranking: Ranking,
    initiative: Initiative,
    decision: Decision,
    *,
    no: int | None = None,
    leader: Person | None = None,
) -> ToDecide:
    """同意发布, 发各单位, 暂缓. ``no``: the version on the pressed card. ``leader``: whose decision the
    office records (代录); the caller has asked whether it may.

    Raises:
        NotAllowed: the actor is not the leader who decides.
        NotNow: it was decided already.
        StaleCard: the card shows other bands than there are now.
    """
    if leader is None:
        require_leader(act, initiative)
    ranking = lock(act, ranking)
    if ranking.state not in DECIDABLE:
        raise NotNow("这一期已经审定过了，或者还在核对。")
    seen = to_decide(act.session, ranking, initiative, act.calendar, now=act.now)
    if no is not None and no != ranking.version:
        raise StaleCard("数据在这之后有变动，请再看一次：说“看发布”。")
    ranking.state = _AFTER[decision]
    ranking.decided_by_id = (leader or act.actor).id
    ranking.recorded_by_id = act.actor.id if leader is not None else None
    ranking.decided_at = act.now
    ranking.publish_on = seen.day if decision is Decision.PUBLISH else None
    act.session.flush()
    computing.record(
        act.session, ranking, "ranking.decide", now=act.now, actor=act.name, leader=ranking.decided_by_id
    )
    if decision is Decision.UNITS:
        _to_units(act, ranking, seen.shown)
    if leader is None:
        text = cards.decided(
            seen.shown, decision, groups=seen.groups, day=seen.day, now=act.now, by=called(act.actor)
        )
        told = [person for person in office(act.session, initiative) if person != act.actor.id]
        act.notices.to_people(told, text, key=f"ranking_decided:{ranking.id}:{ranking.version}")
    return seen


def undo_record(act: Acting, ranking: Ranking, initiative: Initiative) -> Shown:
    """代录有误: the leader takes back what was recorded in their name, before it is published.

    Raises:
        NotNow: it was published already, or the decision was not recorded by somebody else.
    """
    ranking = lock(act, ranking)
    if ranking.decided_by_id != act.actor.id or ranking.recorded_by_id is None:
        raise NotNow("没有替您代录的审定。")
    if ranking.state is RankingState.PUBLISHED:
        raise NotNow("这一期已经发布到群里了，请告诉督查室怎么更正。")
    officer = ranking.recorded_by_id
    ranking.state = RankingState.DECIDING
    ranking.decided_by_id = ranking.recorded_by_id = ranking.decided_at = ranking.publish_on = None
    act.session.flush()
    computing.record(act.session, ranking, "ranking.record_undone", now=act.now, actor=act.name)
    seen = shown(act.session, ranking, initiative, act.calendar)
    text = cards.record_undone(called(act.actor), seen)
    told = dict.fromkeys([officer, *office(act.session, initiative)])
    act.notices.to_people(told, text, key=f"record_undone:{ranking.id}:{act.now.isoformat()}")
    return seen


def publish(
    session: Session, ranking: Ranking, notices: Notices, calendar: Workdays, *, now: datetime
) -> None:
    """3.08: to every group of the initiative, as a card and as a picture. The caller holds the lock."""
    initiative = session.get_one(Initiative, ranking.initiative_id)
    ranking.state = RankingState.PUBLISHED
    ranking.published_at = now
    ranking.object_until = periods.object_until(now.astimezone(SHANGHAI).date(), calendar)
    session.flush()
    computing.record(session, ranking, "ranking.publish", now=now, actor=computing.ACTOR)
    _to_groups(session, ranking, initiative, notices, calendar, now=now)


def correct(
    session: Session,
    ranking: Ranking,
    initiative: Initiative,
    notices: Notices,
    calendar: Workdays,
    *,
    now: datetime,
) -> None:
    """A band changed after publication: the groups read it again, as a correction."""
    _to_groups(session, ranking, initiative, notices, calendar, now=now, corrected=True)


def _to_groups(
    session: Session,
    ranking: Ranking,
    initiative: Initiative,
    notices: Notices,
    calendar: Workdays,
    *,
    now: datetime,
    corrected: bool = False,
) -> None:
    seen = shown(session, ranking, initiative, calendar)
    until = ranking.object_until or now.astimezone(SHANGHAI).date()
    card = publishing.published(seen, object_until=until, now=now, corrected=corrected)
    blob = keep_spec(session, picture.spec(seen))
    key, subject = f"ranking:{ranking.id}:{ranking.version}", f"ranking:{ranking.id}"
    for place in _groups(session, initiative):
        notices.to_group(place, card, key=key, subject=subject, lane=LANE_BULK, on_unknown="hold")
        drawn = Picture(blob, publishing.alt(seen))
        notices.to_group(place, drawn, key=f"{key}:picture", lane=LANE_BULK, on_unknown="hold")


def _to_units(act: Acting, ranking: Ranking, seen: Shown) -> None:
    """发各单位: each reads its own card."""
    for line in queries.lines(act.session, ranking.id):
        unit = act.session.get_one(Unit, line.unit_id)
        standing = standing_of(act.session, ranking, unit.id)
        card = publishing.own(unit.name, standing, seen, settled=True)
        act.notices.to_people(
            unit_people(act.session, unit.id, act.now),
            card,
            key=f"ranking_own:{ranking.id}:{unit.id}:{ranking.version}",
            subject=f"ranking:{ranking.id}",
        )


def _groups(session: Session, initiative: Initiative) -> list[Conversation]:
    return task_queries.groups_of(session, initiative.id)
