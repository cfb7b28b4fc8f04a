"""Whose say it is now: who holds the role, who stands in for them, who comes one level up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from commands.calendar import Workdays
from commands.notify import Notices
from commands.requests import rules
from commands.tasks.rules import day_of
from storage import audit
from storage.audit_chain import plain
from storage.models import Initiative, Person, RequestStep, ResourceRequest, Role, Scope, Unit
from storage.queries import leave, people


@dataclass(frozen=True, slots=True)
class Desk:
    """What a request's operations need; ``actor_id`` None is the clock. ``now`` is business time."""

    session: Session
    now: datetime
    calendar: Workdays
    notices: Notices
    actor_id: int | None

    def person(self, person_id: int | None) -> str:
        return self.session.get_one(Person, person_id).name if person_id is not None else ""

    def unit(self, unit_id: int | None) -> str:
        return self.session.get_one(Unit, unit_id).name if unit_id is not None else "督查室"

    def rules_of(self, request: ResourceRequest) -> dict[str, Any]:
        if request.initiative_id is None:
            return {}
        return dict(self.session.get_one(Initiative, request.initiative_id).rules)

    def record(
        self,
        action: str,
        request: ResourceRequest,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        words: str = "",
    ) -> None:
        """One entry of 办理记录."""
        body: dict[str, object] = {"before": plain(dict(before)) or None, "after": plain(dict(after))}
        if words:
            body["words"] = words
        actor = f"person:{self.actor_id}" if self.actor_id is not None else "clock"
        name = f"resource_request:{request.id}"
        audit.record(self.session, at=self.now, actor=actor, action=action, object=name, body=body)


def holders(session: Session, role: Role, unit_id: int | None, initiative_id: int | None) -> list[int]:
    """Who holds ``role`` there: of the unit, of the office, or the initiative's leader."""
    if role in rules.UNIT_ROLES:
        found = people.holders(session, [role], scope=Scope.UNIT, scope_ids=[unit_id or 0])
        return [person.id for _, person in found]
    if role is Role.LEADER and initiative_id is not None:
        leader_id = session.get_one(Initiative, initiative_id).leader_id
        if leader_id is not None and session.get_one(Person, leader_id).left_at is None:
            return [leader_id]
    everybody = people.holders(session, [role])
    if initiative_id is not None:
        everybody += people.holders(session, [role], scope=Scope.INITIATIVE, scope_ids=[initiative_id])
    return list(dict.fromkeys(person.id for _, person in everybody))


def level(
    session: Session, begins: Role, unit_id: int | None, applicant_id: int, initiative_id: int | None
) -> tuple[Role, int | None] | None:
    """The first level from ``begins`` up that somebody other than the applicant holds."""
    for role in rules.LADDER[rules.LADDER.index(begins) :]:
        place = unit_id if role in rules.UNIT_ROLES else None
        if role in rules.UNIT_ROLES and unit_id is None:
            continue
        if [p for p in holders(session, role, place, initiative_id) if p != applicant_id]:
            return role, place
    return None


def one_up(session: Session, step: RequestStep, request: ResourceRequest) -> tuple[Role, int | None] | None:
    """Who comes after the step's level; None at the top."""
    above = rules.LADDER.index(step.role) + 1
    if above >= len(rules.LADDER):
        return None
    unit_id = step.unit_id
    return level(session, rules.LADDER[above], unit_id, request.person_id, request.initiative_id)


@dataclass(frozen=True, slots=True)
class Approvers:
    """``own``: those whose say it is; ``standing_in``: who stands in for one of them → for whom."""

    own: list[int]
    standing_in: dict[int, int]

    @property
    def told(self) -> list[int]:
        """Those who are there: an absent one's deputy instead of them."""
        away = set(self.standing_in.values())
        return [*(p for p in self.own if p not in away), *self.standing_in]

    def may(self, person_id: int) -> bool:
        return person_id in self.own or person_id in self.standing_in


def approvers(session: Session, step: RequestStep, request: ResourceRequest, now: datetime) -> Approvers:
    """Never the applicant, whatever account or deputyship they have."""
    if step.person_id is not None:
        own = [step.person_id]
    else:
        own = holders(session, step.role, step.unit_id, request.initiative_id)
    own = [p for p in own if p != request.person_id]
    for_whom = leave.stand_ins(session, own, day_of(now))
    standing_in = {deputy: away for away, deputy in for_whom.items() if deputy != request.person_id}
    return Approvers(own, standing_in)


def route(session: Session, request: ResourceRequest) -> list[tuple[Role, int | None]]:
    """Own unit, then whose it is (the office where that is nobody's); each level once."""
    own = level(session, rules.OWN_UNIT_BEGINS, request.unit_id, request.person_id, request.initiative_id)
    begins = rules.OWNER_BEGINS if request.from_unit_id is not None else Role.OFFICE
    owner = None
    if request.from_unit_id != request.unit_id:
        owner = level(session, begins, request.from_unit_id, request.person_id, request.initiative_id)
    return list(dict.fromkeys(place for place in (own, owner) if place is not None))


def names(desk: Desk, person_ids: Sequence[int]) -> str:
    return "、".join(desk.person(p) for p in person_ids)
