"""Access tokens shared by replicas: one row per app, sealed at rest."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import sqlalchemy as sa
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Random import get_random_bytes
from sqlmodel import Session

from storage.database import Database
from storage.dialects import insert_into, system_time, table

REFRESH_SECONDS = 20.0  #: for which one caller alone asks the platform
_NONCE, _TAG = 12, 16  #: bytes before and behind what is sealed

_TOKEN = table("stored_token")


class Token(Protocol):
    """As ``connectors.tokens.Token``. ``until``: system time, Unix seconds."""

    @property
    def value(self) -> str: ...
    @property
    def until(self) -> float: ...


T = TypeVar("T", bound=Token)


class DatabaseTokenStore(Generic[T]):
    """A ``connectors.tokens.TokenStore`` for the apps of one binding.

    ``secret``: the app's; tokens sealed under another one are as good as absent. ``make(value, until)``
    builds the token the caller works with.
    """

    def __init__(self, database: Database, *, secret: str, make: Callable[[str, float], T]) -> None:
        self._database = database
        self._make = make
        self._key = bytes(HKDF(secret.encode(), 32, b"chengquan tokens", SHA256))

    async def load(self, app: str) -> T | None:
        query = sa.select(_TOKEN.c.sealed, _TOKEN.c.until).where(_TOKEN.c.app == app)
        row = await self._database.read(lambda session: session.execute(query).first())
        if row is None or row[0] is None:
            return None
        value = self._open(app, row[0])
        return None if value is None else self._make(value, row[1].timestamp())

    async def begin_refresh(self, app: str) -> bool:
        """True for one caller in ``REFRESH_SECONDS``; the others go on with the token there is."""
        return await self._database.write(lambda session: _begin_refresh(session, app))

    async def save(self, app: str, token: T) -> None:
        row = {
            "sealed": self._seal(app, token.value),
            "value_hash": _digest(token.value),
            "until": datetime.fromtimestamp(token.until, UTC),
            "refresh_until": None,
        }
        await self._database.write(lambda session: _upsert(session, app, row))

    async def evict(self, app: str, value_hash: str) -> None:
        """Forget the token with this SHA-256: the platform refused it."""
        refused = sa.and_(_TOKEN.c.app == app, _TOKEN.c.value_hash == value_hash)
        change = sa.update(_TOKEN).where(refused).values(sealed=None, value_hash="", until=None)
        await self._database.write(lambda session: session.execute(change) and None)

    def _seal(self, app: str, value: str) -> bytes:
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=get_random_bytes(_NONCE), mac_len=_TAG)
        cipher.update(app.encode())  # a row moved to another app does not open
        sealed, tag = cipher.encrypt_and_digest(value.encode())
        nonce: bytes = cipher.nonce
        return nonce + sealed + tag

    def _open(self, app: str, sealed: bytes) -> str | None:
        nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
        cipher.update(app.encode())
        try:
            return cipher.decrypt_and_verify(body, tag).decode()
        except ValueError:
            return None  # another secret, or tampered with


def _begin_refresh(session: Session, app: str) -> bool:
    until = system_time(session, REFRESH_SECONDS)
    free = sa.or_(_TOKEN.c.refresh_until.is_(None), _TOKEN.c.refresh_until < system_time(session))
    claim = (
        insert_into(session, _TOKEN)
        .values(app=app, value_hash="", refresh_until=until)
        .on_conflict_do_update(index_elements=[_TOKEN.c.app], set_={"refresh_until": until}, where=free)
        .returning(_TOKEN.c.app)
    )
    return session.execute(claim).first() is not None


def _upsert(session: Session, app: str, row: dict[str, object]) -> None:
    new = insert_into(session, _TOKEN).values(app=app, **row)
    session.execute(new.on_conflict_do_update(index_elements=[_TOKEN.c.app], set_=row))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
