"""The directory as it is, indexed for comparing a file with it."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from commands.directory.rows import Row
from storage.models import Account, AccountKey, Person, Role, RoleGrant, Scope, Unit
from storage.queries.people import fold_key


@dataclass(frozen=True, slots=True)
class Known:
    """People who left are not in it: whoever bears their name now is somebody new."""

    units: dict[str, Unit]
    people: dict[int, Person]
    by_name: dict[tuple[str, str], list[Person]]  #: (unit's name, name)
    by_mobile: dict[str, Person]
    administrators: frozenset[int]
    _unit_names: dict[int, str]
    _accounts: dict[tuple[int, str], Account]  #: (person, binding)
    _holders: dict[tuple[str, str, str], Account]  #: (binding, kind, value)
    _keys: dict[int, frozenset[tuple[str, str]]]  #: by account
    _roles: dict[int, frozenset[Role]]  #: everywhere or in the person's own unit

    def unit_name(self, person: Person) -> str:
        return self._unit_names.get(person.unit_id, "") if person.unit_id is not None else ""

    def where(self, person: Person) -> str:
        return f"{self.unit_name(person)} {person.name}".strip()

    def account(self, person: Person, binding: str) -> Account | None:
        return self._accounts.get((person.id, binding))

    def keys_of(self, account: Account | None) -> frozenset[tuple[str, str]]:
        return self._keys.get(account.id, frozenset()) if account is not None else frozenset()

    def roles(self, person: Person) -> frozenset[Role]:
        return self._roles.get(person.id, frozenset())

    def by_keys(self, row: Row) -> list[Person]:
        accounts = (self._holders.get((row.binding, *key)) for key in self.folded(row))
        ids = dict.fromkeys(account.person_id for account in accounts if account is not None)
        return [self.people[id] for id in ids if id in self.people]

    @staticmethod
    def folded(row: Row) -> tuple[tuple[str, str], ...]:
        return tuple((kind, fold_key(kind, value)) for kind, value in row.keys)


def known(session: Session) -> Known:
    """Read everything once; a directory of a city has some ten thousand people."""
    units = {unit.name: unit for unit in session.exec(select(Unit).order_by(col(Unit.id)))}
    unit_names = {unit.id: unit.name for unit in units.values()}
    everybody = select(Person).where(col(Person.left_at).is_(None)).order_by(col(Person.id))
    people = {person.id: person for person in session.exec(everybody)}
    by_name: dict[tuple[str, str], list[Person]] = {}
    for person in people.values():
        unit = unit_names.get(person.unit_id, "") if person.unit_id is not None else ""
        by_name.setdefault((unit, person.name), []).append(person)
    accounts = session.exec(
        select(Account).where(col(Account.closed_at).is_(None)).order_by(col(Account.id).desc())
    ).all()
    by_id = {account.id: account for account in accounts}
    holders: dict[tuple[str, str, str], Account] = {}
    keys: dict[int, set[tuple[str, str]]] = {}
    for key in session.exec(select(AccountKey).where(col(AccountKey.closed_at).is_(None))):
        if key.account_id in by_id:
            holders[key.binding, key.kind, key.value] = by_id[key.account_id]
            keys.setdefault(key.account_id, set()).add((key.kind, key.value))
    grants = session.exec(select(RoleGrant)).all()
    roles: dict[int, set[Role]] = {}
    for grant in grants:
        holder = people.get(grant.person_id)
        own = grant.scope is Scope.UNIT and holder is not None and grant.scope_id == holder.unit_id
        if holder is not None and (own or grant.scope is Scope.INSTALLATION):
            roles.setdefault(holder.id, set()).add(grant.role)
    return Known(
        units,
        people,
        by_name,
        {person.mobile: person for person in people.values() if person.mobile},
        frozenset(id for id, held in roles.items() if Role.ADMIN in held),
        unit_names,
        {(account.person_id, account.binding): account for account in accounts},
        holders,
        {id: frozenset(held) for id, held in keys.items()},
        {id: frozenset(held) for id, held in roles.items()},
    )
