"""One-time codes, and who has to say yes: pure, no session."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import timedelta

from storage.models import Role

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: 31 characters nobody confuses
LENGTH = 8
LIFE = timedelta(hours=24)
WRONG_BY_ACCOUNT = 5  #: an hour, then no code is read from it
WRONG_IN_ALL = 100  #: an hour, then no code is read from anybody and the administrators are told
REQUESTS_A_DAY = 5  #: names an account may say in 24 hours

#: Whoever decides for a unit or for all: the office confirms them as well.
WEIGHTY = frozenset({Role.ADMIN, Role.OFFICE, Role.LEADER, Role.HEAD, Role.VICE_HEAD, Role.LIAISON})
HEADS = frozenset({Role.HEAD, Role.VICE_HEAD})


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def seal(key: bytes, code: str) -> str:
    """What is kept of a code: with 31**8 codes and 24 hours, the key makes guessing offline useless."""
    return hmac.new(key, f"binding:{code.upper()}".encode(), hashlib.sha256).hexdigest()


def needs_liaison(roles: Collection[Role]) -> bool:
    """Whether a code alone is not enough. The office hands codes to liaisons and to its own people face
    to face; everybody else is known to their liaison."""
    return not {Role.LIAISON, Role.OFFICE, Role.ADMIN, Role.LEADER} & set(roles)


def needs_office(roles: Collection[Role], *, by_code: bool) -> bool:
    """Whether the office confirms as well: heads always, other roles when no code of its came."""
    return bool((HEADS if by_code else WEIGHTY) & set(roles))
