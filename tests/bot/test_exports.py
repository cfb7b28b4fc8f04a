"""The worker that builds ledger files: asked for in an event, built outside of it, sent once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.clock import Clock
from bot.exports import Exports
from commands.ledger import rules
from commands.notify import Channels
from connectors import chat
from connectors.chat import Document
from storage.database import Database
from storage.engines import sqlite_engine
from storage.models import ExportState, LedgerExport, OutboxEntry, metadata
from tests.factories import NOW, make_case, make_task

CHANNELS = Channels(b"k" * 32, {})


@pytest.fixture
def fresh(sqlite_url: str) -> Iterator[Database]:
    engine = sqlite_engine(Path(sqlite_url.removeprefix("sqlite:///")), write=True)
    metadata.create_all(engine)
    engine.dispose()
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def asked(session: Session, tasks: int) -> None:
    case = make_case(session)
    for number in range(1, tasks + 1):
        make_task(session, case.initiative, case.units["环保局"], number=number)
    session.add(LedgerExport(person_id=case["陈立"].id, asked_at=NOW))
    session.flush()


def sent(session: Session) -> list[chat.Message]:
    return [chat.load_message(body) for body in session.exec(select(OutboxEntry.body))]


async def test_a_queued_export_is_built_and_sent_once(fresh: Database) -> None:
    await fresh.write(lambda s: asked(s, 3))
    woken = asyncio.Event()
    exports = Exports(fresh, await Clock.load(fresh), CHANNELS, woken.set)
    running = asyncio.create_task(exports.run())
    async with asyncio.timeout(10):
        await woken.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not await exports.step()
    (file,) = await fresh.read(sent)
    assert isinstance(file, Document)
    assert await fresh.read(lambda s: s.exec(select(LedgerExport.state)).one()) is ExportState.SENT


async def test_a_long_one_says_that_it_takes_a_while(fresh: Database) -> None:
    await fresh.write(lambda s: asked(s, rules.LONG + 1))
    exports = Exports(fresh, await Clock.load(fresh), CHANNELS, lambda: None)
    assert await exports.step()
    first, file = await fresh.read(sent)
    assert "正在生成文件" in chat.as_text(first)
    assert isinstance(file, Document)
