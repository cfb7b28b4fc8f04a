"""Promises about what arrives, with real processes that are killed and connections that are cut."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
import pytest

from storage.database import Database
from storage.engines import parse
from tests.inbound import Child, Scene, said, serving, states, traces

WHOLE = Counter({"effect": 1, "reply": 1})
REFUSED = TOLD = Counter({"refusal": 1})
EVENTS = 200
KILLS = 8


@dataclass
class Nemesis:
    """The platform and the reaper: delivers until it gets its 200, then again; kills in between."""

    url: str
    replicas: int
    seed: int
    stack: ExitStack = field(default_factory=ExitStack)
    children: list[Child] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    kills: int = 0

    async def run(self) -> None:
        dice = random.Random(self.seed)
        texts = ["ok"] * 40 + ["refuse"] * 6 + ["raise-once"] * 4 + ["slow-statements", "swallow"]
        events = [(f"m:{n}", dice.choice(texts), f"c{dice.randrange(12)}") for n in range(EVENTS)]
        with self.stack:
            starts = (asyncio.to_thread(self._start) for _ in range(self.replicas))
            self.children = list(await asyncio.gather(*starts))
            lanes = asyncio.Semaphore(24)
            async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
                done = [tasks.create_task(self._deliver(client, lanes, event, dice)) for event in events]
                for part in range(1, KILLS + 1):
                    await _finished(done, EVENTS * part // (KILLS + 2))
                    self._kill(dice.randrange(self.replicas))

    def _start(self) -> Child:
        return self.stack.enter_context(serving(self.url))

    def _kill(self, which: int) -> None:
        """Nothing is delivered until another is there: else all would be done before the last is killed."""
        self.children[which].kill()
        self.kills += 1
        self.children[which] = self._start()

    async def _deliver(
        self,
        client: aiohttp.ClientSession,
        lanes: asyncio.Semaphore,
        event: tuple[str, str, str],
        dice: random.Random,
    ) -> None:
        key, text, chat = event
        body = json.dumps({"key": key, "text": text, "chat": chat})
        wanted, backoff = dice.choice([1, 1, 2, 5]), 0.01
        async with lanes:
            while wanted:
                if await self._post(client, body):
                    self.acknowledged.add(key)
                    wanted -= 1
                else:
                    await asyncio.sleep(backoff)  # the platform's own back-off
                    backoff = min(backoff * 2, 0.3)

    async def _post(self, client: aiohttp.ClientSession, body: str) -> bool:
        child = random.choice(self.children)
        try:
            async with client.post(child.url, data=body, timeout=aiohttp.ClientTimeout(5)) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


async def _finished(tasks: list[asyncio.Task[None]], how_many: int) -> None:
    while sum(task.done() for task in tasks) < how_many:
        await asyncio.wait(
            [task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED, timeout=0.2
        )


async def test_invariant_01_what_was_answered_200_is_stored_and_done_once(engine_url: str) -> None:
    nemesis = Nemesis(engine_url, replicas=1 if engine_url.startswith("sqlite") else 3, seed=7)
    async with asyncio.timeout(60):
        await nemesis.run()
    assert len(nemesis.acknowledged) == EVENTS
    assert nemesis.kills == KILLS
    database = Database(engine_url)
    stored = states(database)
    assert nemesis.acknowledged <= set(stored)
    await Scene(database, work_seconds=0.1).retry_all()
    found, stored = traces(database), states(database)
    for key in nemesis.acknowledged:
        if stored[key][0] == "aside":
            assert found.get(key, TOLD) == TOLD, "nothing of it was done, and its sender was told so"
        else:
            assert found[key] in (WHOLE, REFUSED), key
    assert sum(state == "done" for state, _ in stored.values()) > EVENTS * 0.8
    database.close()


async def test_invariant_04_killed_between_commit_and_answer_there_is_one_effect(engine_url: str) -> None:
    body = json.dumps({"key": "m:1", "text": "die-after-commit", "chat": "c1"})
    async with aiohttp.ClientSession() as client, asyncio.timeout(30):
        with serving(engine_url, deadly=True) as child:
            with pytest.raises(aiohttp.ClientError):
                await client.post(child.url, data=body)
            await asyncio.to_thread(child.process.join, 10)
            assert child.process.exitcode == -9
        with serving(engine_url) as child:
            async with client.post(child.url, data=body) as response:
                assert response.status == 200
    database = Database(engine_url)
    assert traces(database) == {"m:1": WHOLE}
    database.close()


@dataclass
class Cutter:
    """Between us and PostgreSQL: cuts a connection when the answer to a COMMIT comes back."""

    port: int
    target: int
    armed: bool = False
    cuts: int = 0
    open: int = 0
    all_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.open += 1
        committing = asyncio.Event()

        async def towards_server() -> None:
            while data := await reader.read(65536):
                if self.armed and b"COMMIT" in data:
                    committing.set()
                server_writer.write(data)
            server_writer.close()

        async def towards_us() -> None:
            while data := await server_reader.read(65536):
                if committing.is_set():
                    self.armed = False
                    self.cuts += 1
                    break
                writer.write(data)
            writer.close()
            server_writer.close()

        await asyncio.gather(towards_server(), towards_us(), return_exceptions=True)
        for stream in (writer, server_writer):
            stream.close()
            with suppress(OSError):
                await stream.wait_closed()
        self.open -= 1
        if not self.open:
            self.all_closed.set()


@asynccontextmanager
async def cutter(url: str) -> AsyncIterator[tuple[str, Cutter]]:
    parsed = parse(url)
    cut = Cutter(0, parsed.port or 5432)
    server = await asyncio.start_server(cut.serve, "127.0.0.1", 0)
    cut.port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://chengquan@127.0.0.1:{cut.port}/{parsed.database}", cut
    finally:
        server.close()
        cut.all_closed.clear()
        if cut.open:
            async with asyncio.timeout(10):
                await cut.all_closed.wait()


async def test_invariant_04_when_the_answer_to_commit_is_lost_there_is_one_effect(postgres_url: str) -> None:
    async with cutter(postgres_url) as (through, cut), asyncio.timeout(30):
        database = await asyncio.to_thread(Database, through)
        scene = Scene(database)
        for no in range(5):
            cut.armed = True
            first = await scene.take(said(f"m:{no}", "ok"))
            again = await scene.take(said(f"m:{no}", "ok"))
            assert (first.status, again.status) == (503, 200)
        assert cut.cuts == 5
        found = await asyncio.to_thread(traces, database)
        assert found == {f"m:{no}": WHOLE for no in range(5)}
        await asyncio.to_thread(database.close)
