"""Import of units, people, accounts and roles: read a file, show what it would change, change it.

``read`` → ``plan`` → (somebody looks and agrees) → ``apply``. Rows that a file lacks stay untouched;
nobody leaves by being absent.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, delete, select

from commands.directory import numbers
from commands.directory.known import Known, known
from commands.directory.planning import Plan, Step, make_plan
from commands.directory.rows import Row, Sheet, parse, read
from commands.directory.rules import EVERYWHERE
from commands.directory.snapshot import bump
from commands.errors import BadInput
from commands.notify import Channels, Notices, move_in
from storage import audit
from storage.clock import Moment
from storage.models import (
    Account,
    AccountKey,
    Installation,
    NumberClaim,
    NumberKind,
    Person,
    Role,
    RoleGrant,
    Scope,
    Unit,
)
from storage.queries import addresses
from storage.queries.people import SENDABLE, add_keys

__all__ = ["Plan", "Sheet", "apply", "parse", "plan", "read"]


def plan(session: Session, sheet: Sheet) -> Plan:
    """What ``sheet`` would change; nothing is written."""
    return make_plan(sheet, known(session))


def apply(
    session: Session, shown: Plan, *, actor: str, moment: Moment, apps: Mapping[str, str] | None = None
) -> Plan:
    """Write a plan, all of it, in the caller's transaction. Returns the plan as it was carried out.

    The directory is locked and compared once more: what is written is what was shown. A number that is
    somebody else's here is not written: the administrators are asked, as when a platform reports one.
    ``apps``: binding → app, of whoever is connected; without it those that messages went out through before.

    Raises:
        BadInput: the plan has errors, or the directory has changed since it was shown.
    """
    session.exec(select(Installation).where(Installation.id == 1).with_for_update(key_share=True)).first()
    now_known = known(session)
    fresh = make_plan(shown.sheet, now_known)
    if fresh.errors:
        raise BadInput(fresh.summary())
    if fresh.summary() != shown.summary():
        raise BadInput("您核对期间通讯录有了变化，请再看一遍：\n" + fresh.summary())
    _Writing(session, now_known, actor, moment, apps or {}).write(fresh)
    bump(session)
    return fresh


class _Writing:
    def __init__(
        self, session: Session, before: Known, actor: str, moment: Moment, apps: Mapping[str, str]
    ) -> None:
        self._session = session
        self._apps = apps
        self._known = before
        self._actor = actor
        self._moment = moment

    def write(self, plan: Plan) -> None:
        units = self._units(plan)
        people = {step.row.no: self._person(step, units[step.row.unit]) for step in plan.steps}
        self._session.flush()
        for step in plan.steps:
            self._deputy(step, people)
        self._session.flush()
        self._accounts([step for step in plan.steps if step.new_keys], people)
        for step in plan.steps:
            self._roles(step, people[step.row.no])
        self._session.flush()
        for step in plan.steps:
            self._record(step, people[step.row.no])
        self._ask(plan, people)

    def _ask(self, plan: Plan, people: dict[int, Person]) -> None:
        claims = [
            NumberClaim(
                person_id=people[step.row.no].id,
                holder_id=one.holder.id,
                kind=one.kind,
                number=one.number,
                binding="",
                at=self._moment.business,
            )
            for step in plan.steps
            for one in step.disputes
        ]
        if not claims:
            return
        key = bytes.fromhex(self._session.get_one(Installation, 1).secret)
        channels = Channels(key, {**addresses.apps(self._session), **self._apps})
        notices = Notices(self._session, channels, self._moment, "directory.import")
        for claim in claims:
            numbers.question(self._session, claim, actor=self._actor, notices=notices)
        notices.flush()

    # -- units -----------------------------------------------------------------------------------

    def _units(self, plan: Plan) -> dict[str, Unit]:
        """The units of the file: new ones made, known ones brought up to what the file says."""
        units: dict[str, Unit] = {}
        last = max((unit.position for unit in self._known.units.values()), default=0)
        rows_of: dict[str, list[Row]] = {}
        for step in plan.steps:
            rows_of.setdefault(step.row.unit, []).append(step.row)
        for name, rows in rows_of.items():
            position = next((row.position for row in rows if row.position is not None), None)
            unit = self._known.units.get(name)
            if unit is None:
                last += 1
                unit = Unit(name=name, position=position if position is not None else last)
                self._session.add(unit)
            elif position is not None:
                unit.position = position
            if unit.closed_at is not None:
                unit.closed_at = None
            short = dict.fromkeys([*unit.short_names, *(s for row in rows for s in row.short_names)])
            if list(short) != unit.short_names:
                unit.short_names = list(short)
            bindings = [row.binding for row in rows if row.binding]
            if bindings and not unit.platform:
                unit.platform = max(bindings, key=bindings.count)
            units[name] = unit
        touched = [u for u in units.values() if u in self._session.new or self._session.is_modified(u)]
        self._session.flush()
        for unit in touched:
            after = {"name": unit.name, "position": unit.position, "short_names": unit.short_names}
            self._audit("unit.import", f"unit:{unit.id}", {"after": after})
        return units

    # -- people ----------------------------------------------------------------------------------

    def _person(self, step: Step, unit: Unit) -> Person:
        row, person = step.row, step.person
        if person is None:
            person = Person(
                name=row.name,
                unit_id=unit.id,
                title=row.title,
                mobile="" if step.disputed(NumberKind.MOBILE) else row.mobile,
                employee_no="" if step.disputed(NumberKind.EMPLOYEE_NO) else row.employee_no,
                aliases=list(row.aliases),
            )
            self._session.add(person)
            return person
        if step.moved:
            self._leave_unit(person)
            person.unit_id = unit.id
        for name, value in step.changes.items():
            setattr(person, name, value)
        return person

    def _leave_unit(self, person: Person) -> None:
        """A unit's roles do not move with the person."""
        self._session.exec(
            delete(RoleGrant).where(
                col(RoleGrant.person_id) == person.id,
                col(RoleGrant.scope) == Scope.UNIT,
                col(RoleGrant.scope_id) == person.unit_id,
            )
        )

    def _deputy(self, step: Step, people: dict[int, Person]) -> None:
        if step.deputy is None:
            return
        kind, which = step.deputy
        people[step.row.no].deputy_id = people[which].id if kind == "row" else which

    def _accounts(self, steps: list[Step], people: dict[int, Person]) -> None:
        """All of a kind in one flush: twenty thousand of them would each look at all the others."""
        accounts: list[tuple[Step, Account]] = []
        for step in steps:
            account = step.account
            if account is None:
                person, target = people[step.row.no], _sent_to(step.new_keys) or ""
                account = Account(
                    person_id=person.id, binding=step.row.binding, direct_target=target, name=person.name
                )
                self._session.add(account)
            else:
                self._replace_keys(account, step)
            accounts.append((step, account))
        self._session.flush()
        add_keys(
            self._session,
            [(account, kind, value) for step, account in accounts for kind, value in step.new_keys],
        )
        for step, account in accounts:
            if step.account is None and step.person is not None:
                move_in(self._session, account, "")

    def _replace_keys(self, account: Account, step: Step) -> None:
        """The file names other ids of the same kinds: the old ones stop naming this person."""
        kinds = {kind for kind, _ in step.new_keys}
        query = select(AccountKey).where(
            AccountKey.account_id == account.id, col(AccountKey.closed_at).is_(None)
        )
        for key in self._session.exec(query):
            if key.kind in kinds:
                key.closed_at = self._moment.business
        if target := _sent_to(step.new_keys):
            account.direct_target = target
        self._session.flush()

    def _roles(self, step: Step, person: Person) -> None:
        if not step.row.roles or not (step.person is None or step.moved or step.regranted):
            return
        wanted = {_place(role, person) for role in step.row.roles if role is not Role.HANDLER}
        for grant in self._held(person) if step.person is not None else ():
            place = (grant.role, grant.scope, grant.scope_id)
            if place in wanted:
                wanted.remove(place)
            else:
                self._session.delete(grant)
        for role, scope, scope_id in sorted(wanted):
            self._session.add(RoleGrant(person_id=person.id, role=role, scope=scope, scope_id=scope_id))

    def _held(self, person: Person) -> Sequence[RoleGrant]:
        query = select(RoleGrant).where(
            RoleGrant.person_id == person.id, col(RoleGrant.scope) != Scope.INITIATIVE
        )
        return self._session.exec(query).all()

    def _record(self, step: Step, person: Person) -> None:
        if step.person is not None and not step.words:
            return
        after: dict[str, object] = {"name": person.name, "unit_id": person.unit_id, "title": person.title}
        body: dict[str, object] = {"after": after, "changed": step.words, "line": step.row.no}
        if step.row.roles:
            body["roles"] = list(step.row.roles)
        self._audit("person.import", f"person:{person.id}", body)

    def _audit(self, action: str, object: str, body: dict[str, object]) -> None:
        audit.record(
            self._session,
            at=self._moment.business,
            actor=self._actor,
            action=action,
            object=object,
            body=body,
        )


def _place(role: Role, person: Person) -> tuple[Role, Scope, int]:
    if role in EVERYWHERE or person.unit_id is None:
        return role, Scope.INSTALLATION, 0
    return role, Scope.UNIT, person.unit_id


def _sent_to(keys: tuple[tuple[str, str], ...]) -> str | None:
    values = dict(keys)
    return next((values[kind] for kind in SENDABLE if kind in values), None)
