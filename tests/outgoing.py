"""Messages put into the outbox for the loopback platform, and what became of them."""

import asyncio

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from connectors import chat
from storage import outbox
from storage.database import Database, system_now
from storage.dialects import table
from storage.models import OutboxEntry
from storage.outbox import Outgoing
from tests.loopback import APP, BINDING

PATIENCE = 20  #: seconds after which a test has failed


def put(
    database: Database, target: str, *words: str, lane: int = 0, kind: str = "group", **more: object
) -> None:
    """Messages into the outbox; a message's words are also its key."""

    def work(session: Session) -> None:
        there = outbox.address_for(session, binding=BINDING, app=APP, kind=kind, target=target)
        items = [
            Outgoing(
                address_id=there,
                dedup_key=text,
                lane=lane,
                due_at=system_now(session),
                **{"body": chat.dump(chat.Text(text)), **more},  # type: ignore[arg-type]
            )
            for text in words
        ]
        outbox.enqueue(session, items, key=b"k")

    database.write_now(work)


def rows(database: Database) -> dict[str, OutboxEntry]:
    return database.read_now(lambda s: {row.dedup_key: row for row in s.scalars(sa.select(OutboxEntry))})


def states(database: Database) -> dict[str, str]:
    return {key: row.state.value for key, row in rows(database).items()}


def open_gates(database: Database) -> None:
    """As if the waiting times had passed."""

    def work(session: Session) -> None:
        session.execute(sa.update(table("address")).values(not_before=None))
        session.execute(sa.update(table("app_state")).values(not_before=None))

    database.write_now(work)


async def drain(delivery: Delivery) -> None:
    async with asyncio.timeout(PATIENCE):
        await delivery.drain()
