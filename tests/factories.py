"""Rows with good defaults, flushed into the given session; what a test is about it says by keyword.

``make_case`` builds the units, people and roles of the waste-sorting case, so that tests read like it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from commands.calendar import SHANGHAI
from storage.models import (
    Account,
    AccountKey,
    Conversation,
    Grain,
    GroupState,
    Initiative,
    InitiativeGroup,
    InitiativeMember,
    InitiativeState,
    Leave,
    NumberCounter,
    Obligation,
    ObligationState,
    Part,
    Person,
    Role,
    RoleGrant,
    Scope,
    Task,
    TaskState,
    Unit,
)


def at(month: int, day: int, hour: int = 9, minute: int = 0, *, year: int = 2026) -> datetime:
    """A moment in Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


NOW = at(12, 9)
_KEY_KINDS = {"dingtalk": "staff_id", "wecom": "userid", "feishu": "open_id"}


def make_unit(
    session: Session, name: str = "环保局", *, position: int = 0, short_names: Sequence[str] = ()
) -> Unit:
    unit = Unit(name=name, position=position, short_names=list(short_names))
    session.add(unit)
    session.flush()
    return unit


def make_person(
    session: Session,
    name: str = "高宁",
    unit: Unit | None = None,
    *roles: Role,
    title: str = "",
    binding: str = "dingtalk",
) -> Person:
    """A person with an account in ``binding``. Unit roles hold for the unit, others everywhere."""
    person = Person(name=name, unit_id=unit.id if unit else None, title=title)
    session.add(person)
    session.flush()
    session.add_all(_grants(person, unit, roles))
    session.flush()
    if binding:
        make_account(session, person, binding)
    return person


_UNIT_ROLES = frozenset({Role.VICE_HEAD, Role.HEAD, Role.LIAISON, Role.HANDLER})


def _grants(person: Person, unit: Unit | None, roles: Sequence[Role]) -> list[RoleGrant]:
    return [_grant(person, role, unit if role in _UNIT_ROLES else None) for role in roles]


def _grant(person: Person, role: Role, unit: Unit | None) -> RoleGrant:
    return RoleGrant(
        person_id=person.id,
        role=role,
        scope=Scope.UNIT if unit else Scope.INSTALLATION,
        scope_id=unit.id if unit else 0,
    )


def grant(session: Session, person: Person, role: Role, *, unit: Unit | None = None) -> RoleGrant:
    row = _grant(person, role, unit)
    session.add(row)
    session.flush()
    return row


def make_account(session: Session, person: Person, binding: str = "dingtalk", value: str = "") -> Account:
    """An account with the key its platform sends to; ``value`` defaults to one nobody else has."""
    account = _account(person, binding, value)
    session.add(account)
    session.flush()
    session.add(_key(account))
    session.flush()
    return account


def _account(person: Person, binding: str, value: str = "") -> Account:
    target = value or f"{binding}-{person.id}"
    return Account(person_id=person.id, binding=binding, direct_target=target, name=person.name)


def _key(account: Account) -> AccountKey:
    kind = _KEY_KINDS.get(account.binding, "userid")
    return AccountKey(account_id=account.id, binding=account.binding, kind=kind, value=account.direct_target)


def make_conversation(
    session: Session,
    kind: str = "direct",
    *,
    binding: str = "dingtalk",
    platform_id: str = "",
    title: str = "",
) -> Conversation:
    serial = session.exec(select(func.count()).select_from(Conversation)).one() + 1
    row = Conversation(binding=binding, kind=kind, platform_id=platform_id or f"{kind}-{serial}", title=title)
    session.add(row)
    session.flush()
    return row


def make_initiative(
    session: Session,
    title: str = "垃圾分类",
    *,
    units: Sequence[Unit] = (),
    created_by: Person | None = None,
    state: InitiativeState = InitiativeState.ACTIVE,
    starts_on: date = date(2026, 11, 23),
    release_required: bool = False,
) -> Initiative:
    """An initiative whose first unit leads it, members in the order given."""
    row = Initiative(
        title=title,
        lead_unit_id=units[0].id if units else None,
        starts_on=starts_on,
        state=state,
        rules={"release_required": release_required},
        created_by_id=created_by.id if created_by else None,
        created_at=at(11, 23, 8),
        dispatched_at=at(11, 23, 9, 5) if state is InitiativeState.ACTIVE else None,
    )
    session.add(row)
    session.flush()
    for position, unit in enumerate(units, start=1):
        session.add(InitiativeMember(initiative_id=row.id, unit_id=unit.id, position=position))
    session.flush()
    return row


def make_group(
    session: Session,
    initiative: Initiative,
    *units: Unit,
    binding: str = "dingtalk",
    title: str = "",
    state: GroupState = GroupState.CONFIRMED,
) -> Conversation:
    """A group chat that serves the initiative."""
    chat = make_conversation(session, "group", binding=binding, title=title or initiative.title)
    session.add(
        InitiativeGroup(
            initiative_id=initiative.id,
            conversation_id=chat.id,
            state=state,
            unit_ids=[unit.id for unit in units],
        )
    )
    session.flush()
    return chat


def make_task(
    session: Session,
    initiative: Initiative,
    lead: Unit,
    *cooperate: Unit,
    number: int | None = None,
    title: str = "制定生活垃圾分类标准",
    state: ObligationState = ObligationState.ASSIGNED,
    cooperate_state: ObligationState = ObligationState.UNSPECIFIED,
    due_at: datetime | None = None,
    handler: Person | None = None,
    recurrence: str = "",
) -> Task:
    """An active task; ``due_at`` defaults to the 14th of December 18:00 for the lead, and for a
    co-operating unit that is past 待明确 to five days before the lead's."""
    due_at = due_at or at(12, 14, 18)
    if number is None:
        number = (session.exec(select(func.max(col(Task.number)))).one() or 0) + 1
    task = Task(
        number=number,
        initiative_id=initiative.id,
        title=title,
        state=TaskState.DRAFT if state is ObligationState.DRAFT else TaskState.ACTIVE,
        recurrence=recurrence,
        created_by_id=initiative.created_by_id,
        created_at=at(11, 23, 8),
        dispatched_at=at(11, 23, 9, 5),
    )
    session.add(task)
    session.flush()
    _number_is_taken(session, number)
    make_obligation(session, task, lead, state=state, due_at=due_at, handler=handler)
    for unit in cooperate:
        told = cooperate_state is not ObligationState.UNSPECIFIED
        make_obligation(
            session, task, unit, state=cooperate_state, due_at=due_at - timedelta(days=5) if told else None
        )
    return task


def _number_is_taken(session: Session, number: int) -> None:
    counter = session.get(NumberCounter, "T", populate_existing=True) or NumberCounter(kind="T")
    counter.next_value = max(counter.next_value, number + 1)
    session.add(counter)
    session.flush()


def make_obligation(
    session: Session,
    task: Task,
    unit: Unit,
    *,
    state: ObligationState = ObligationState.ASSIGNED,
    due_at: datetime | None = None,
    handler: Person | None = None,
    content: str = "",
    period: int = 1,
) -> Obligation:
    """The next obligation of the task's period: the first one is the lead's."""
    query = select(func.max(col(Obligation.position))).where(
        Obligation.task_id == task.id, Obligation.period == period
    )
    position = (session.exec(query).one() or 0) + 1
    row = Obligation(
        task_id=task.id,
        period=period,
        position=position,
        part=Part.LEAD if position == 1 else Part.COOPERATE,
        unit_id=unit.id,
        handler_id=handler.id if handler else None,
        content=content,
        state=state,
        due_at=due_at,
        original_due_at=due_at,
        due_grain=Grain.DAY,
        dispatched_at=at(11, 23, 9, 5),
    )
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True, slots=True)
class Case:
    """The people of the waste-sorting case by name, its units by name, its groups by binding."""

    initiative: Initiative
    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Conversation] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        return self.people[name]


_PEOPLE: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("周明", "", "副市长", (Role.LEADER,)),
    ("陈立", "督查室", "副主任", (Role.OFFICE,)),
    ("赵敏", "督查室", "科员", (Role.OFFICE,)),
    ("何川", "环保局", "分管副局长", (Role.VICE_HEAD,)),
    ("李娜", "环保局", "科员", (Role.LIAISON,)),
    ("高宁", "环保局", "科员", ()),
    ("罗建", "城管局", "分管副局长", (Role.VICE_HEAD,)),
    ("王磊", "城管局", "科员", (Role.LIAISON,)),
    ("丁凯", "城管局", "科员", ()),
    ("苏岚", "社区办", "分管副主任", (Role.VICE_HEAD,)),
    ("许静", "社区办", "科员", (Role.LIAISON,)),
    ("秦月", "社区办", "科员", ()),
    ("方志", "物业协会", "秘书长", (Role.HEAD,)),
    ("吴桐", "物业协会", "科员", (Role.LIAISON,)),
    ("钱坤", "督查室", "管理员", (Role.ADMIN,)),
)
_BINDINGS = {"城管局": "wecom", "社区办": "feishu", "物业协会": "feishu"}


def make_leave(
    session: Session, person: Person, deputy: Person | None, since: date, until: date | None = None
) -> Leave:
    """请假 from ``since`` to ``until``, both included; that day only without it."""
    row = Leave(
        person_id=person.id,
        deputy_id=deputy.id if deputy else None,
        starts_on=since,
        ends_on=until or since,
        created_at=at(11, 20),
    )
    session.add(row)
    session.flush()
    return row


def make_case(session: Session, *, release_required: bool = False) -> Case:
    """Units, people, roles, accounts, the initiative and its three groups; no tasks yet."""
    names = ("督查室", "环保局", "城管局", "社区办", "物业协会")
    units = {name: Unit(name=name, position=n, short_names=[]) for n, name in enumerate(names)}
    session.add_all(units.values())
    session.flush()
    people = _make_people(session, units)
    members = [units[name] for name in names[1:]]
    initiative = make_initiative(
        session, units=members, created_by=people["陈立"], release_required=release_required
    )
    groups = {
        "dingtalk": make_group(session, initiative, units["环保局"], binding="dingtalk"),
        "wecom": make_group(session, initiative, units["城管局"], binding="wecom"),
        "feishu": make_group(session, initiative, units["社区办"], units["物业协会"], binding="feishu"),
    }
    return Case(initiative, units, people, groups)


def _make_people(session: Session, units: Mapping[str, Unit]) -> dict[str, Person]:
    """A table at a time: thousands of tests begin with them."""
    people = {
        name: Person(name=name, unit_id=units[unit].id if unit else None, title=title)
        for name, unit, title, _ in _PEOPLE
    }
    session.add_all(people.values())
    session.flush()
    accounts = []
    for name, unit, _, roles in _PEOPLE:
        session.add_all(_grants(people[name], units.get(unit), roles))
        accounts.append(_account(people[name], _BINDINGS.get(unit, "dingtalk")))
    session.add_all(accounts)
    session.flush()
    session.add_all(map(_key, accounts))
    session.flush()
    return people
