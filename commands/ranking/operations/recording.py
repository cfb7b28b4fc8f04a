"""代录: the office writes down what a leader said elsewhere; the leader is told and may say it is wrong."""

import re
from dataclasses import dataclass

from commands.access import Permission
from commands.errors import BadInput, NotAllowed
from commands.ranking.cards import deciding as cards
from commands.ranking.cards.deciding import Decision
from commands.ranking.operations import publishing
from commands.ranking.operations.acting import DECIDABLE, Acting, called, leader_of, the_ranking
from commands.ranking.operations.showing import shown
from connectors.chat import Card
from storage.models import Draft, Initiative, Person, Ranking

DRAFT = "ranking.record"
_DECISIONS = (
    (Decision.HOLD, re.compile(r"暂缓|先不发布|不同意发布")),
    (Decision.UNITS, re.compile(r"发各单位")),
    (Decision.PUBLISH, re.compile(r"同意发布|可以发布")),
)
_WAY = re.compile(r"电话|当面|现场|会上|书面|微信|短信")


@dataclass(frozen=True, slots=True)
class Recorded:
    ranking: Ranking
    initiative: Initiative
    leader: Person
    decision: Decision
    way: str


def read_decision(words: str) -> tuple[Decision, str] | None:
    """What was decided and how it was said; None when it is not about a ranking."""
    decision = next((decision for decision, pattern in _DECISIONS if pattern.search(words)), None)
    way = _WAY.search(words)
    return None if decision is None else (decision, way[0] if way else "口头")


def draft(act: Acting, decision: Decision, way: str) -> tuple[Draft, Recorded]:
    """请核对: nothing counts yet.

    Raises:
        NotAllowed: the actor is not of the office.
        NotFound, BadInput: see ``the_ranking``; or there is no leader.
    """
    ranking, initiative = the_ranking(act, DECIDABLE)
    act.rights.require(Permission.RECORD, initiative_id=initiative.id)
    leader = leader_of(act.session, initiative)
    if leader is None:
        raise BadInput(f"“{initiative.title}”还没有指定领导，请管理员先在通讯录里设好。")
    made = Draft(
        kind=DRAFT,
        person_id=act.actor.id,
        payload={"ranking_id": ranking.id, "decision": decision, "way": way, "leader_id": leader.id},
        created_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    return made, Recorded(ranking, initiative, leader, decision, way)


def record(act: Acting, made: Draft) -> Recorded:
    """［记录］: the decision counts, and the leader is told.

    Raises:
        NotAllowed: the actor is not of the office, or records what they decided themselves.
        NotNow: it was decided meanwhile.
    """
    ranking = act.session.get_one(Ranking, made.payload["ranking_id"])
    initiative = act.session.get_one(Initiative, ranking.initiative_id)
    leader = act.session.get_one(Person, made.payload["leader_id"])
    act.rights.require(Permission.RECORD, initiative_id=initiative.id)
    if leader.id == act.actor.id:
        raise NotAllowed("您自己的意见请直接说，不用代录。")
    decision, way = Decision(made.payload["decision"]), str(made.payload["way"])
    publishing.decide(act, ranking, initiative, decision, leader=leader)
    seen = shown(act.session, ranking, initiative, act.calendar)
    text = cards.recorded_for_you(act.actor.name, seen, decision, way)
    act.notices.to_person(
        leader.id, text, key=f"recorded:{ranking.id}:{made.id}", subject=f"ranking:{ranking.id}"
    )
    return Recorded(ranking, initiative, leader, decision, way)


def said_of(act: Acting, recorded: Recorded) -> Card:
    seen = shown(act.session, recorded.ranking, recorded.initiative, act.calendar)
    return cards.to_record(called(recorded.leader), seen, recorded.decision, recorded.way)
