"""发绑定码: a code for one person, shown once to who hands it over."""

from datetime import datetime

from sqlmodel import Session

from commands.access import Permission, Rights
from commands.errors import NotAllowed, NotNow
from commands.joining import cards, rules
from commands.joining.operations.connecting import roles_of, unit_name
from connectors.chat import Card
from storage import audit
from storage.models import BindingCode, Person, Role
from storage.queries import joining as queries


def issue(
    session: Session, actor: Person, rights: Rights, person: Person, *, key: bytes, now: datetime
) -> Card:
    """An older code of the same person is void.

    Raises:
        NotAllowed: neither of the office nor an administrator; an administrator's code only an
            administrator issues.
        NotNow: the person left.
    """
    rights.require(Permission.ISSUE_CODE, everywhere=True)
    if Role.ADMIN in roles_of(session, person) and not rights.has(Role.ADMIN):
        raise NotAllowed("管理员的绑定码由管理员发。")
    if queries.person_locked(session, person.id).left_at is not None:
        raise NotNow(f"{person.name}已经离岗，不能发绑定码。")
    for older in queries.unused_codes(session, person.id):
        older.used_at = now
    value = rules.new_code()
    made = BindingCode(
        sealed=rules.seal(key, value),
        person_id=person.id,
        issued_by_id=actor.id,
        issued_at=now,
        expires_at=now + rules.LIFE,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        at=now,
        actor=f"person:{actor.id}",
        action="binding_code.issue",
        object=f"binding_code:{made.id}",
        body={"after": {"person_id": person.id, "expires_at": made.expires_at}},
    )
    return cards.code(person.name, unit_name(session, person), value)
