"""A unit's head left: the B角 acts for the unit, else its other head; what waited goes to them at once."""

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


def fill(session: Session, unit: Unit, person: Person, *, moment: Moment) -> None:
    """Somebody else decides from now on what the one who left was asked.

    The B角 of the directory gets a head's role: it is what a B角 is for.
    """
    deputy = _deputy(session, unit, person)
    if deputy is not None:
        _act_for(session, unit, person, deputy, moment.business)
    _requests(session, unit, person, deputy, moment.business)


def tell(session: Session, unit: Unit, person: Person, *, notices: Notices) -> None:
    """Who decides now reads what waits, as it stands; the office hears who that is."""
    deputy, held = _deputy(session, unit, person), _roles(session, unit, person)
    waiting = _waiting(session, unit, deputy, heads=bool(held))
    next_ones = [deputy] if deputy is not None else _next_heads(session, unit) if held else []
    if held:
        office = [one.id for _, one in people.holders(session, [Role.OFFICE])]
        news = cards.head_left(unit, person, deputy, next_ones, len(waiting))
        notices.to_people(office, news, key=f"head_left:{person.id}")
    if waiting:
        told = [one.id for one in next_ones]
        notices.to_people(told, cards.please_decide(person, waiting), key=f"vacancy:{person.id}")


def _roles(session: Session, unit: Unit, person: Person) -> list[Role]:
    return [grant.role for grant in _grants(session, unit, person) if grant.role in _HEADS]


def _waiting(session: Session, unit: Unit, deputy: Person | None, *, heads: bool) -> list[tuple[str, str]]:
    """What waits for a head of the unit, or for the B角 alone: what it is called, and its kind."""
    own = col(RequestStep.person_id) == (deputy.id if deputy is not None else None)
    of_heads = (
        col(RequestStep.person_id).is_(None)
        & (col(RequestStep.unit_id) == unit.id)
        & col(RequestStep.role).in_(_HEADS)
    )
    query = (
        select(ResourceRequest.number)
        .join(RequestStep, col(RequestStep.request_id) == col(ResourceRequest.id))
        .where(ResourceRequest.state == RequestState.OPEN, RequestStep.state == StepState.OPEN)
        .where(own | of_heads if heads else own)
        .order_by(col(ResourceRequest.number))
        .distinct()
    )
    found = [(f"R{number}", cards.REQUEST) for number in session.exec(query)]
    return [*found, *_reports(session, unit), *_extensions(session, unit)] if heads else found


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


def _act_for(session: Session, unit: Unit, person: Person, deputy: Person, now: datetime) -> None:
    has = set(_roles(session, unit, deputy))
    for role in _roles(session, unit, person):
        if role in has:
            continue
        made = RoleGrant(person_id=deputy.id, role=role, scope=Scope.UNIT, scope_id=unit.id)
        session.add(made)
        session.flush()
        after = {"person_id": deputy.id, "role": role, "scope_id": unit.id}
        body: dict[str, object] = {"after": after, "for": person.id}
        _record(session, "role.deputy", f"role_grant:{made.id}", body, now)
    bump(session)


def _reports(session: Session, unit: Unit) -> list[tuple[str, str]]:
    query = (
        select(Task.number)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(
            Obligation.unit_id == unit.id,
            Obligation.state == ObligationState.RELEASING,
            Task.state == TaskState.ACTIVE,
        )
        .order_by(col(Task.number))
        .distinct()
    )
    return [(f"T{number}", cards.REPORT) for number in session.exec(query)]


def _extensions(session: Session, unit: Unit) -> list[tuple[str, str]]:
    query = (
        select(Task.number)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .join(ExtensionRequest, col(ExtensionRequest.obligation_id) == col(Obligation.id))
        .where(Obligation.unit_id == unit.id, ExtensionRequest.state == ExtensionState.RELEASING)
        .order_by(col(Task.number))
        .distinct()
    )
    return [(f"T{number}", cards.EXTENSION) for number in session.exec(query)]


def _requests(session: Session, unit: Unit, person: Person, deputy: Person | None, now: datetime) -> None:
    """Steps handed to the one who left go to their B角, else back to whoever holds the role; steps of
    a role nobody holds any more go to the unit's other head, and further up when their time is over."""
    query = (
        select(ResourceRequest, RequestStep)
        .join(RequestStep, col(RequestStep.request_id) == col(ResourceRequest.id))
        .where(ResourceRequest.state == RequestState.OPEN)
        .where(col(RequestStep.state).in_([StepState.OPEN, StepState.LATER]))
        .where(
            (col(RequestStep.person_id) == person.id)
            | (
                col(RequestStep.person_id).is_(None)
                & (col(RequestStep.unit_id) == unit.id)
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
            step.role = _held_role(session, unit, step.role, request.person_id) or step.role
        after = {"person_id": step.person_id, "role": step.role}
        if before != after:
            body: dict[str, object] = {"step": step.position, "was": before, "is": after}
            _record(session, "request.vacancy", f"resource_request:{request.id}", body, now)


def _held_role(session: Session, unit: Unit, wanted: Role, applicant: int) -> Role | None:
    """``wanted`` where somebody else than the applicant holds it, else another head's role."""
    for role in (wanted, *_HEADS):
        held = people.holders(session, [role], scope=Scope.UNIT, scope_ids=[unit.id])
        if any(person.id != applicant for _, person in held):
            return role
    return None


def _record(session: Session, action: str, row: str, body: dict[str, object], now: datetime) -> None:
    audit.record(session, at=now, actor=ACTOR, action=action, object=row, body=body)
