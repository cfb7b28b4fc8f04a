"""A unit's head left: the B角 acts for the unit, else its other head; what waited goes to them at once."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from commands.directory import cards
from commands.directory.snapshot import bump
from commands.notify import Notices
from storage import audit
from storage.clock import Moment
from storage.models import (
    ExtensionRequest,
    ExtensionState,
    Obligation,
    ObligationState,
    Person,
    RequestState,
    RequestStep,
    ResourceRequest,
    Role,
    RoleGrant,
    Scope,
    StepState,
    Task,
    TaskState,
    Unit,
)
from storage.queries import people

ACTOR = "platform"  #: who is named in the record where nobody of ours acted
_HEADS = (Role.VICE_HEAD, Role.HEAD)


@dataclass(slots=True)
class _Left:
    """What waits for a word of a unit's head: (what is said of it, its kind), in the order asked."""

    session: Session
    unit: Unit
    person: Person
    now: datetime
    waiting: list[tuple[str, str]] = field(default_factory=list)


def fill(session: Session, unit: Unit, person: Person, *, moment: Moment, notices: Notices) -> None:
    """Somebody else is asked what the one who left was asked; the office hears who that is.

    The B角 of the directory gets a head's role: it is what a B角 is for.
    """
    held = [grant.role for grant in _grants(session, unit, person) if grant.role in _HEADS]
    left = _Left(session, unit, person, moment.business)
    deputy = _deputy(session, unit, person)
    if deputy is not None:
        _act_for(left, deputy, held)
    _requests(left, deputy, heads=bool(held))
    next_ones = [deputy] if deputy is not None else _next_heads(session, unit) if held else []
    if held:
        _reports(left)
        _extensions(left)
        office = [one.id for _, one in people.holders(session, [Role.OFFICE])]
        news = cards.head_left(unit, person, deputy, next_ones, len(left.waiting))
        notices.to_people(office, news, key=f"head_left:{person.id}")
    if left.waiting:
        told = [one.id for one in next_ones]
        notices.to_people(told, cards.please_decide(person, left.waiting), key=f"vacancy:{person.id}")


def _grants(session: Session, unit: Unit, person: Person) -> list[RoleGrant]:
    own = people.roles_of(session, person.id)
    return [grant for grant in own if grant.scope is Scope.UNIT and grant.scope_id == unit.id]


def _deputy(session: Session, unit: Unit, person: Person) -> Person | None:
    """The standing B角, if there and of the same unit."""
    found = session.get(Person, person.deputy_id) if person.deputy_id is not None else None
    return found if found is not None and found.left_at is None and found.unit_id == unit.id else None


def _next_heads(session: Session, unit: Unit) -> list[Person]:
    for role in _HEADS:
        held = people.holders(session, [role], scope=Scope.UNIT, scope_ids=[unit.id])
        if held:
            return [person for _, person in held]
    return []


def _act_for(left: _Left, deputy: Person, roles: list[Role]) -> None:
    has = {grant.role for grant in _grants(left.session, left.unit, deputy)}
    for role in roles:
        if role in has:
            continue
        made = RoleGrant(person_id=deputy.id, role=role, scope=Scope.UNIT, scope_id=left.unit.id)
        left.session.add(made)
        left.session.flush()
        body = {"after": {"person_id": deputy.id, "role": role, "unit_id": left.unit.id}}
        _record(left, "role.deputy", f"role_grant:{made.id}", {**body, "for": left.person.id})
    bump(left.session)


def _reports(left: _Left) -> None:
    query = (
        select(Task.number, Obligation.position)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(
            Obligation.unit_id == left.unit.id,
            Obligation.state == ObligationState.RELEASING,
            Task.state == TaskState.ACTIVE,
        )
        .order_by(col(Task.number), col(Obligation.position))
    )
    for number, position in left.session.exec(query):
        left.waiting.append((f"T{number}" + (f".{position}" if position != 1 else ""), cards.REPORT))


def _extensions(left: _Left) -> None:
    query = (
        select(Task.number)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .join(ExtensionRequest, col(ExtensionRequest.obligation_id) == col(Obligation.id))
        .where(Obligation.unit_id == left.unit.id, ExtensionRequest.state == ExtensionState.RELEASING)
        .order_by(col(Task.number))
    )
    left.waiting += [(f"T{number}", cards.EXTENSION) for number in left.session.exec(query)]


def _requests(left: _Left, deputy: Person | None, *, heads: bool) -> None:
    """Steps handed to the one who left go to their B角, else back to whoever holds the role; steps of
    a role nobody holds any more go to the unit's next head, and further up when their time is over."""
    session = left.session
    query = (
        select(ResourceRequest, RequestStep)
        .join(RequestStep, col(RequestStep.request_id) == col(ResourceRequest.id))
        .where(ResourceRequest.state == RequestState.OPEN, RequestStep.state == StepState.OPEN)
        .where(
            (col(RequestStep.person_id) == left.person.id)
            | (
                col(RequestStep.person_id).is_(None)
                & (col(RequestStep.unit_id) == left.unit.id)
                & col(RequestStep.role).in_(_HEADS)
            )
        )
        .order_by(col(ResourceRequest.id), col(RequestStep.position))
        .with_for_update(key_share=True)
    )
    for request, step in session.exec(query):
        before: dict[str, object] = {"person_id": step.person_id, "role": step.role}
        if step.person_id is not None:
            usable = deputy is not None and deputy.id != request.person_id
            step.person_id = deputy.id if usable and deputy is not None else None
        if step.person_id is None and step.role in _HEADS:
            step.role = _held_role(session, left.unit, step.role, request.person_id) or step.role
        after = {"person_id": step.person_id, "role": step.role}
        if before != after:
            body: dict[str, object] = {"before": before, "after": {**after, "step": step.position}}
            _record(left, "request.vacancy", f"resource_request:{request.id}", body)
        if heads or step.person_id is not None:
            left.waiting.append((f"R{request.number}", cards.REQUEST))


def _held_role(session: Session, unit: Unit, wanted: Role, applicant: int) -> Role | None:
    """``wanted`` where somebody else than the applicant holds it, else another head's role."""
    for role in (wanted, *_HEADS):
        held = people.holders(session, [role], scope=Scope.UNIT, scope_ids=[unit.id])
        if any(person.id != applicant for _, person in held):
            return role
    return None


def _record(left: _Left, action: str, row: str, body: dict[str, object]) -> None:
    audit.record(left.session, at=left.now, actor=ACTOR, action=action, object=row, body=body)
