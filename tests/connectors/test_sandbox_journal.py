"""The journal, the faults and the courier that all stand-ins share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.chat import ConversationKind
from connectors.sandbox.faults import Fault, FaultKind, Faults
from connectors.sandbox.journal import BOT, EntryKind, Journal
from connectors.sandbox.webhooks import Courier, WebhookCall

GROUP = (ConversationKind.GROUP, "oc_1")


def test_entries_are_numbered_from_one_and_dated_by_the_given_clock() -> None:
    at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    journal = Journal(clock=lambda: at)
    first = journal.add("feishu", EntryKind.SAID, GROUP, "ou_1", text="你好")
    second = journal.add("wecom", EntryKind.SENT, GROUP, BOT, text="您好", idem_key="k")
    assert (first.seq, second.seq, first.at) == (1, 2, at)
    assert journal.since(1) == [second]
    assert journal.since(2) == []


async def test_a_subscriber_reads_what_was_there_and_what_comes() -> None:
    journal = Journal()
    journal.add("feishu", EntryKind.SAID, GROUP, "ou_1", text="一")
    entries = journal.subscribe()
    async with asyncio.timeout(2):
        assert (await anext(entries)).text == "一"
        coming = asyncio.ensure_future(anext(entries))
        await asyncio.sleep(0)
        journal.add("feishu", EntryKind.SAID, GROUP, "ou_1", text="二")
        journal.add("feishu", EntryKind.SAID, GROUP, "ou_1", text="三")
        assert (await coming).text == "二"
        assert (await anext(entries)).text == "三"


async def test_a_subscriber_reads_to_the_end_and_is_not_kept_waiting() -> None:
    journal = Journal()
    journal.add("feishu", EntryKind.SAID, GROUP, "ou_1", text="一")
    reading = asyncio.ensure_future(_texts(journal))
    await asyncio.sleep(0)
    journal.add("feishu", EntryKind.SAID, GROUP, "ou_1", text="二")
    journal.end()
    async with asyncio.timeout(2):
        assert await reading == ["一", "二"]
        assert await _texts(journal) == ["一", "二"]


async def _texts(journal: Journal) -> list[str]:
    return [entry.text async for entry in journal.subscribe()]


async def test_waiting_finds_only_entries_after_the_given_one() -> None:
    journal = Journal()
    journal.add("feishu", EntryKind.SENT, GROUP, BOT, text="旧")
    waiting = asyncio.ensure_future(journal.wait_for(lambda e: e.kind is EntryKind.SENT, after=1))
    await asyncio.sleep(0)
    assert not waiting.done()
    journal.add("feishu", EntryKind.SENT, GROUP, BOT, text="新")
    async with asyncio.timeout(2):
        assert (await waiting).text == "新"


def test_bytes_are_kept_by_message() -> None:
    journal = Journal()
    journal.keep("om_1", b"%PDF")
    assert journal.blob("om_1") == b"%PDF"
    with pytest.raises(KeyError):
        journal.blob("om_2")


@pytest.fixture
async def server() -> AsyncIterator[Callable[[Faults], Awaitable[tuple[str, list[str]]]]]:
    """Serves one faulty route; ``accepted`` lists what got through to the handler."""
    servers: list[TestServer] = []

    async def start(faults: Faults) -> tuple[str, list[str]]:
        accepted: list[str] = []

        async def take(request: web.Request) -> web.StreamResponse:
            accepted.append(await request.text())
            return web.Response(text="ok")

        async def handle(request: web.Request) -> web.StreamResponse:
            return await faults.play(
                "send",
                request,
                take,
                throttled=lambda: web.Response(status=429),
                expired=lambda: web.Response(status=401),
            )

        app = web.Application()
        app.router.add_post("/", handle)
        running = TestServer(app)
        await running.start_server()
        servers.append(running)
        return str(running.make_url("/")), accepted

    yield start
    for running in servers:
        await running.close()


@pytest.mark.parametrize(
    ("fault", "status", "accepted"),
    [
        (FaultKind.THROTTLED, 429, 0),
        (FaultKind.EXPIRED_TOKEN, 401, 0),
        (FaultKind.BROKEN, 500, 0),
        (FaultKind.RESET_BEFORE, 0, 0),
        (FaultKind.RESET_AFTER, 0, 1),
        (FaultKind.GARBAGE, 200, 1),
        (Fault(FaultKind.DELAY, seconds=0.01), 200, 1),
    ],
)
async def test_a_fault_hits_one_request_and_the_next_one_passes(
    server: Callable[[Faults], Awaitable[tuple[str, list[str]]]],
    fault: Fault | FaultKind,
    status: int,
    accepted: int,
) -> None:
    faults = Faults()
    url, seen = await server(faults)
    faults.script("send", fault)
    faults.script("other", FaultKind.BROKEN)
    courier = Courier(url)
    answer = await courier(WebhookCall(b"first"))
    assert (answer.status, len(seen)) == (status, accepted)
    answer = await courier(WebhookCall(b"second"))
    assert (answer.status, answer.body, seen[-1]) == (200, b"ok", "second")
    await courier.close()


async def test_the_courier_carries_endpoint_query_and_headers() -> None:
    got: list[tuple[str, str, str]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.path, request.query["msg"], request.headers["X-Sign"]))
        return web.Response(status=503)

    app = web.Application()
    app.router.add_post("/webhooks/wecom/app", take)
    server = TestServer(app)
    await server.start_server()
    courier = Courier(str(server.make_url("/webhooks/wecom")))
    answer = await courier(
        WebhookCall(b"{}", endpoint="app", query={"msg": "a+b/="}, headers={"X-Sign": "s"})
    )
    await courier.close()
    await server.close()
    assert got == [("/webhooks/wecom/app", "a+b/=", "s")]
    assert answer.status == 503


async def test_nobody_there_is_no_answer(unused_tcp_port: int) -> None:
    courier = Courier(f"http://127.0.0.1:{unused_tcp_port}")
    assert (await courier(WebhookCall(b""))).status == 0
    await courier.close()


async def test_a_late_answer_is_no_answer() -> None:
    asked = asyncio.Event()
    release = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        asked.set()
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hang)
    server = TestServer(app)
    await server.start_server()
    courier = Courier(str(server.make_url("/")), timeout=0.05)
    try:
        assert (await courier(WebhookCall(b""))).status == 0
        assert asked.is_set()
    finally:
        release.set()
        await courier.close()
        await server.close()
