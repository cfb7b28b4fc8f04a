"""Who acts, on which ranking of which initiative."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from commands.access import Permission, Rights
from commands.calendar import SHANGHAI, Workdays
from commands.errors import BadInput, NotFound
from commands.notify import Notices
from storage.models import (
    Conversation,
    Initiative,
    InitiativeState,
    Person,
    Ranking,
    RankingState,
    Role,
    Unit,
)
from storage.queries import initiatives, leave, people
from storage.queries import ranking as queries
from storage.queries import tasks as task_queries

#: A period whose figures people may see.
SHOWN = frozenset(RankingState) - {RankingState.COUNTING, RankingState.EMPTY}
#: A period that a leader can decide on.
DECIDABLE = frozenset({RankingState.DECIDING, RankingState.HELD})


@dataclass(frozen=True, slots=True)
class Acting:
    session: Session
    actor: Person
    rights: Rights
    calendar: Workdays
    notices: Notices
    now: datetime  #: business time
    conversation: Conversation
    said: str  #: the sentence, for the name of an initiative

    @property
    def name(self) -> str:
        """The actor as the record has them."""
        return f"person:{self.actor.id}"


def the_ranking(
    act: Acting, states: Collection[RankingState], *, shown: int | None = None
) -> tuple[Ranking, Initiative]:
    """The one on the pressed card, else the newest of the initiative that is meant: the one named in
    the sentence, else the group's, else the newest of all that this person is concerned with.

    Raises:
        NotFound: there is none in one of ``states`` that is this person's business.
        BadInput: several initiatives have one.
    """
    found = [
        (ranking, initiative)
        for initiative in _visible(act)
        if (ranking := _ranking(act, initiative, states, shown)) is not None
    ]
    named = [pair for pair in found if pair[1].title in act.said]
    here = {one.id for one in initiatives.initiatives_of_group(act.session, act.conversation.id)}
    found = named or [pair for pair in found if pair[1].id in here] or found
    if not found:
        raise NotFound("还没有这样的协作情况。每四周统计一次，先送各单位核对，再由领导审定。")
    if len(found) > 1:
        titles = "、".join(f"“{initiative.title}”" for _, initiative in found[:5])
        raise BadInput(
            f"有 {len(found)} 个专项：{titles}。请连名称一起说，例如“{found[0][1].title}协作情况”。"
        )
    return found[0]


def the_initiative(act: Acting) -> Initiative:
    """The one named, else the group's, else the only one this person is concerned with.

    Raises:
        NotFound, BadInput: there is none, or there are several.
    """
    visible = _visible(act)
    here = {one.id for one in initiatives.initiatives_of_group(act.session, act.conversation.id)}
    found = [one for one in visible if one.title in act.said] or [one for one in visible if one.id in here]
    found = found or list(visible)
    if not found:
        raise NotFound("没有找到专项。")
    if len(found) > 1:
        titles = "、".join(f"“{one.title}”" for one in found[:5])
        raise BadInput(f"有 {len(found)} 个专项：{titles}。请连名称一起说。")
    return found[0]


def _ranking(
    act: Acting, initiative: Initiative, states: Collection[RankingState], shown: int | None
) -> Ranking | None:
    if shown is None:
        return queries.newest(act.session, initiative.id, states)
    one = act.session.get(Ranking, shown)
    fits = one is not None and one.initiative_id == initiative.id and one.state in states
    return one if fits else None


def _visible(act: Acting) -> Sequence[Initiative]:
    every = select(Initiative).where(Initiative.state != InitiativeState.DRAFT)
    known = list(act.session.exec(every))
    members = {
        one.id
        for one in known
        if act.actor.unit_id in [unit.id for unit in initiatives.members(act.session, one.id)]
    }
    return [
        one for one in known if one.id in members or act.rights.may(Permission.SEE_ALL, initiative_id=one.id)
    ]


def lock(act: Acting, ranking: Ranking) -> Ranking:
    """Its row, locked and read again.

    Raises:
        NotFound: it is gone.
    """
    locked = queries.locked(act.session, ranking.id)
    if locked is None:
        raise NotFound("没有找到这一期协作情况。")
    return locked


def own_unit(act: Acting, ranking: Ranking, *, wanted: Sequence[int] = ()) -> Unit:
    """The unit whose figures this person may see: their own, or any for the office and leaders.

    Raises:
        NotFound: no unit of the ranking is theirs, or the one they name is not.
        BadInput: somebody who may see all of them named none.
    """
    within = {line.unit_id for line in queries.lines(act.session, ranking.id)}
    everything = act.rights.may(Permission.SEE_ALL, initiative_id=ranking.initiative_id)
    asked = [unit_id for unit_id in wanted if unit_id in within]
    if asked and (everything or asked[0] == act.actor.unit_id):
        return act.session.get_one(Unit, asked[0])
    if asked or (act.actor.unit_id not in within and not everything):
        raise NotFound("只能看本单位的数据。各单位在哪一档，看已经发布的协作情况。")
    if act.actor.unit_id in within:
        return act.session.get_one(Unit, act.actor.unit_id)
    raise BadInput("请说是哪个单位，例如“社区办为什么是B”。")


def unit_people(session: Session, unit_id: int, now: datetime) -> list[int]:
    """Who hears of the unit's figures: its liaisons and its 分管负责人, else its head; who stands in for
    them instead of those away."""
    both = [*task_queries.liaisons(session, [unit_id])[unit_id], *task_queries.releasers(session, unit_id)]
    there = leave.who_are_there(session, both, now.astimezone(SHANGHAI).date())
    return [person.id for person in there]


def office(session: Session, initiative: Initiative) -> list[int]:
    return [person.id for person in task_queries.officers(session, initiative)]


def leader_of(session: Session, initiative: Initiative) -> Person | None:
    """Who decides: the initiative's leader, else the only one there is."""
    if initiative.leader_id is not None:
        return session.get(Person, initiative.leader_id)
    return only_leader(session)


def only_leader(session: Session) -> Person | None:
    held = people.holders(session, [Role.LEADER])
    found = {person.id: person for _, person in held}
    return next(iter(found.values())) if len(found) == 1 else None


def called(person: Person) -> str:
    """周副市长."""
    return f"{person.name[:1]}{person.title}" if person.title else person.name
