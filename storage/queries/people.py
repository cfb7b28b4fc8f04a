"""People by their accounts and by their roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from storage import rows
from storage.dialects import core, insert_into, table
from storage.models import Account, AccountKey, Person, Role, RoleGrant, Scope
from storage.prepared import Prepared

#: Kinds of key, the one that tells most about who it is first. The platforms give the later ones
#: to somebody else once their bearer has left.
STRENGTH = (
    "union_id",
    "open_id",
    "staff_id",
    "userid",
    "dingtalk_id",
    "open_userid",
    "encrypted_userid",
    "user_id",
)
#: Kinds that a message can be sent to, best first.
SENDABLE = ("open_id", "staff_id", "userid", "encrypted_userid")

Key = tuple[str, str]

_KEYS = table("account_key")


def fold_key(kind: str, value: str) -> str:
    """The value as it is stored: WeCom's user ids ignore case, every other id does not."""
    return value.casefold() if kind == "userid" else value


def person_of(session: Session, binding: str, keys: Sequence[Key], *, foreign: bool = False) -> Person | None:
    """The person these keys belong to now, or None. Nobody for a ``foreign`` account, ever.

    Keys that came along and are new are kept with the account (a union_id beside an open_id); a key
    of somebody else's stays theirs.
    """
    if foreign:
        return None
    found = _find(session, binding, keys)
    if found is None:
        return None
    if found.unknown and not _learn(session, binding, found):
        return None
    return found.person


def account_of(session: Session, binding: str, keys: Sequence[Key]) -> Account | None:
    """The open account these keys name, strongest key first; nothing is learned."""
    found = _find(session, binding, keys)
    return session.get_one(Account, found.account_id) if found else None


def account_of_person(session: Session, person_id: int) -> Account | None:
    """The account a person is written to: the first one that is open."""
    query = select(Account).where(Account.person_id == person_id, col(Account.closed_at).is_(None))
    return session.exec(query.order_by(col(Account.id))).first()


def holders(
    session: Session,
    roles: Iterable[Role],
    *,
    scope: Scope = Scope.INSTALLATION,
    scope_ids: Iterable[int] = (0,),
) -> list[tuple[RoleGrant, Person]]:
    """Who holds one of ``roles`` at one of these places and has not left, by person id."""
    query = (
        select(RoleGrant, Person)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            col(RoleGrant.role).in_(list(roles)),
            RoleGrant.scope == scope,
            col(RoleGrant.scope_id).in_(list(scope_ids)),
            col(Person.left_at).is_(None),
        )
        .order_by(col(Person.id))
    )
    return list(session.exec(query))


def roles_of(session: Session, person_id: int) -> list[RoleGrant]:
    """Every role of one person."""
    query = select(RoleGrant).where(RoleGrant.person_id == person_id)
    return list(session.exec(query.order_by(col(RoleGrant.id))))


@dataclass(frozen=True, slots=True)
class _Found:
    account_id: int
    person: Person
    by: str  #: the kind of the strongest key that fits
    unknown: tuple[Key, ...]  #: keys of the event that nobody has


def _strength(key: Key) -> int:
    return STRENGTH.index(key[0]) if key[0] in STRENGTH else len(STRENGTH)


_HOLDER = Prepared(
    sa.select(col(Account.id), col(Account.closed_at), *table("person").c)
    .join_from(AccountKey, Account, col(Account.id) == col(AccountKey.account_id))
    .join(Person, col(Person.id) == col(Account.person_id))
    .where(
        col(AccountKey.binding) == sa.bindparam("binding"),
        col(AccountKey.kind) == sa.bindparam("kind"),
        col(AccountKey.value) == sa.bindparam("value"),
        col(AccountKey.closed_at).is_(None),
    )
)


def _find(session: Session, binding: str, keys: Sequence[Key]) -> _Found | None:
    wanted = {(kind, fold_key(kind, value)): None for kind, value in sorted(keys, key=_strength) if value}
    if not wanted:
        return None
    conn = core(session)
    held = {
        (kind, value): _HOLDER.first(conn, {"binding": binding, "kind": kind, "value": value})
        for kind, value in wanted
    }
    for (kind, _), row in held.items():
        if row is not None:
            account_id, closed_at, *found = row
            person = rows.loaded(session, Person, found)
            if closed_at is not None or person.left_at is not None:
                return None
            unknown = tuple(key for key, holder in held.items() if holder is None)
            return _Found(account_id, person, kind, unknown)
    return None


def _learn(session: Session, binding: str, found: _Found) -> bool:
    """Keep the keys that nobody has. False when one says that this is somebody else: an id given
    anew to another person arrives together with a stronger key that differs from the one on record."""
    query = select(AccountKey.kind).where(
        AccountKey.account_id == found.account_id, col(AccountKey.closed_at).is_(None)
    )
    known = set(session.exec(query))
    stronger = {kind for kind, _ in found.unknown if _strength((kind, "")) < _strength((found.by, ""))}
    if stronger & known:
        return False
    account = session.get_one(Account, found.account_id)
    for kind, value in found.unknown:
        add_key(session, account, kind, value)
        if kind == next((k for k in SENDABLE if k in known or k == kind), None):
            account.direct_target = value  # a new app of the platform brings a new open_id
    return True


def add_key(session: Session, account: Account, kind: str, value: str) -> None:
    """Give ``account`` a key; one that an open account has already stays there."""
    add_keys(session, [(account, kind, value)])


def add_keys(session: Session, keys: Sequence[tuple[Account, str, str]]) -> None:
    """``add_key`` for many; the accounts must have been flushed."""
    fresh = [
        {"account_id": a.id, "binding": a.binding, "kind": kind, "value": fold_key(kind, value)}
        for a, kind, value in keys
    ]
    if fresh:
        new = insert_into(session, _KEYS).on_conflict_do_nothing(
            index_elements=["binding", "kind", "value"], index_where=sa.text("closed_at IS NULL")
        )
        session.execute(new, fresh)
