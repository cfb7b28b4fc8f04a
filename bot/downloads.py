"""Fetches the files people sent, once, and keeps them; never inside the transaction of an event."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog
from sqlmodel import Session

from bot.in_hand import InHand
from connectors.chat import File
from connectors.connector import Connector
from storage.blobs import fetched_key
from storage.database import Database, system_now
from storage.dialects import insert_into, table
from storage.models import Blob

POLL = 2.0  #: seconds
LEASE = timedelta(seconds=60)  #: for which nobody else fetches the same file
WAITS = (5, 60, 600, 3600)  #: seconds after each failed attempt; after the last it is given up

_ATTACHMENT = table("attachment")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Fetched:
    """``name``: better than the event's, where the platform tells it only with the download."""

    name: str
    data: bytes


async def fetch(database: Database, connector: Connector, binding: str, file: File) -> Fetched:
    """From the platform, unless it was fetched before: DingTalk's codes work once.

    Raises:
        SendError: and whatever the connector's ``fetch`` raises.
    """
    kept = await database.read(partial(_kept, key=fetched_key(binding, file.handle)))
    if kept is not None:
        return kept
    named = getattr(connector, "fetch_named", None)
    if named is not None:
        name, data = await named(file)
        return Fetched(name or file.name, data)
    return Fetched(file.name, await connector.fetch(file))


def keep(session: Session, *, binding: str, file: File, fetched: Fetched) -> str:
    """Store the bytes; a second fetch of the same file changes nothing. Returns the key."""
    key = fetched_key(binding, file.handle)
    blob = insert_into(session, table("blob")).values(
        key=key,
        name=fetched.name,
        content_type="application/octet-stream",
        size=len(fetched.data),
        sha256=hashlib.sha256(fetched.data).hexdigest(),
        data=fetched.data,
        created_at=system_now(session),
    )
    session.execute(blob.on_conflict_do_nothing())
    return key


@dataclass(frozen=True, slots=True)
class _Claim:
    id: int
    attempts: int
    binding: str
    file: File


class Downloads:
    """Fills in the files of ``Attachment`` rows. One per process; any number of processes."""

    def __init__(
        self,
        database: Database,
        connectors: Mapping[str, Connector],
        on_fetched: Callable[[], None] = lambda: None,
        hand_on: Callable[[Session, int], object] = lambda session, attachment: None,
    ) -> None:
        """``hand_on``: whom an attachment's content is sent to, in the transaction that keeps it."""
        self._hand_on = hand_on
        self._database = database
        self._connectors = connectors
        self._on_fetched = on_fetched
        self._woken = asyncio.Event()
        self.in_hand = InHand()  #: what ``run`` claimed

    def wake(self) -> None:
        """There may be a new file: look before the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. A database that is away only delays."""
        while True:
            self._woken.clear()
            try:
                with self.in_hand.one():
                    if await self.step():
                        continue
            except sa.exc.SQLAlchemyError as error:
                _log.warning("downloads.database", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._woken.wait()

    async def step(self) -> bool:
        """Fetch one file that is due. False: there was none."""
        claim = await self._database.write(_claim)
        if claim is None:
            return False
        try:
            connector = self._connectors[claim.binding]
            fetched = await fetch(self._database, connector, claim.binding, claim.file)
        except Exception as error:
            _log.warning("file not fetched", attachment=claim.id, error=type(error).__name__)
            await self._database.write(partial(_put_off, claim=claim))
            return True
        await self._database.write(partial(_fill_in, claim=claim, fetched=fetched, hand_on=self._hand_on))
        self._on_fetched()
        return True


def _kept(session: Session, *, key: str) -> Fetched | None:
    blob = session.get(Blob, key)
    return Fetched(blob.name, blob.data) if blob is not None else None


def _claim(session: Session) -> _Claim | None:
    now = system_now(session)
    due = sa.or_(_ATTACHMENT.c.fetch_at.is_(None), _ATTACHMENT.c.fetch_at <= now)
    waiting = (
        sa.select(_ATTACHMENT.c.id)
        .where(_ATTACHMENT.c.blob_key.is_(None), _ATTACHMENT.c.fetch_attempts <= len(WAITS), due)
        .order_by(_ATTACHMENT.c.id)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True)
    )
    taken = (
        sa.update(_ATTACHMENT)
        .where(_ATTACHMENT.c.id == waiting.scalar_subquery())
        .values(fetch_attempts=_ATTACHMENT.c.fetch_attempts + 1, fetch_at=now + LEASE)
        .returning(*_ATTACHMENT.c)
    )
    row = session.execute(taken).first()
    if row is None:
        return None
    file = File(row.name, row.handle, kind=row.kind, size=row.size)
    return _Claim(row.id, row.fetch_attempts, row.binding, file)


def _put_off(session: Session, *, claim: _Claim) -> None:
    wait = timedelta(seconds=WAITS[min(claim.attempts, len(WAITS)) - 1])
    change = sa.update(_ATTACHMENT).where(_ATTACHMENT.c.id == claim.id)
    session.execute(change.values(fetch_at=system_now(session) + wait))


def _fill_in(
    session: Session, *, claim: _Claim, fetched: Fetched, hand_on: Callable[[Session, int], object]
) -> None:
    """The row is there however long the fetch took; somebody else's fetch of it is the same bytes."""
    key = keep(session, binding=claim.binding, file=claim.file, fetched=fetched)
    change = sa.update(_ATTACHMENT).where(_ATTACHMENT.c.id == claim.id)
    session.execute(change.values(blob_key=key, name=fetched.name, size=len(fetched.data)))
    hand_on(session, claim.id)
