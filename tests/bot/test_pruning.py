"""Keys are forgotten in chunks, and only those no platform can deliver again."""

from datetime import timedelta

import sqlalchemy as sa

from bot.pruning import CHUNK, Pruner
from storage import inbox
from storage.database import Database
from storage.dialects import table

INBOX = table("inbox")


async def test_old_keys_go_and_young_ones_stay(database: Database) -> None:
    now = database.now()
    rows = [
        {
            "binding": "feishu",
            "message_key": f"m:{no}",
            "state": "done",
            "attempts": 0,
            "received_at": now - inbox.KEEP + timedelta(hours=-1 if no else 1),
        }
        for no in range(CHUNK + 11)
    ]
    database.write_now(lambda session: session.execute(sa.insert(INBOX), rows) and None)
    assert await Pruner(database).prune_all() == CHUNK + 10
    left = database.read_now(lambda session: session.execute(sa.select(INBOX.c.message_key)).scalars().all())
    assert left == ["m:0"]
