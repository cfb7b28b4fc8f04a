"""An account becomes a person's: rows, what waited for them, the record."""

from collections.abc import Sequence

from sqlmodel import Session

from commands.directory.rules import ROLE_WORDS
from commands.directory.snapshot import bump
from commands.errors import NotNow
from commands.joining import cards
from commands.notify import Notices
from connectors.chat import Card
from storage import audit
from storage.clock import Moment
from storage.models import Account, Person, Role, Scope, Unit
from storage.queries import joining as queries
from storage.queries import people

_ORDER = tuple(Role)


def roles_of(session: Session, person: Person) -> list[Role]:
    """The weightiest first; everybody of a unit is at least an 经办人."""
    own = people.roles_of(session, person.id)
    held = {grant.role for grant in own if grant.scope is not Scope.UNIT or grant.scope_id == person.unit_id}
    return [role for role in _ORDER if role in held] or [Role.HANDLER]


def unit_name(session: Session, person: Person) -> str:
    return session.get_one(Unit, person.unit_id).name if person.unit_id is not None else ""


def role_word(session: Session, person: Person) -> str:
    return ROLE_WORDS[roles_of(session, person)[0]]


def connect(
    session: Session,
    person_id: int,
    binding: str,
    target: str,
    keys: Sequence[tuple[str, str]],
    name: str,
    *,
    how: str,
    moment: Moment,
    notices: Notices,
) -> Card:
    """Join the account; what was kept for the person goes there now.

    Raises:
        NotNow: the person left, has an account there already, or the account is somebody else's.
    """
    person = queries.person_locked(session, person_id)
    if person.left_at is not None or queries.has_account(session, person.id, binding):
        raise NotNow(cards.NO_MATCH)
    if people.account_of(session, binding, keys) is not None:
        raise NotNow("这个账号已经绑定，不用再绑。")
    account = Account(person_id=person.id, binding=binding, direct_target=target, name=name)
    session.add(account)
    session.flush()
    for kind, value in keys:
        people.add_key(session, account, kind, value)
    notices.moved_in(account)
    audit.record(
        session,
        at=moment.business,
        actor=f"person:{person.id}",
        action="account.join",
        object=f"account:{account.id}",
        body={"after": {"person_id": person.id, "binding": binding, "closed_at": None}, "how": how},
    )
    bump(session)
    session.flush()
    return cards.joined(person.name, unit_name(session, person), role_word(session, person))
