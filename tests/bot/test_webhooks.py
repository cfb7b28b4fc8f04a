"""Requests are bounded, believed or refused, and answered after the commit."""

import asyncio
import io
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import REGISTRY

from bot.webhooks import MAX_BODY, routes
from storage.database import Database
from tests.inbound import BINDING, Scene, states, traces

Client = TestClient[web.Request, web.Application]
PATH = f"/webhooks/{BINDING}"


@pytest.fixture
def scene(sqlite_url: str) -> Scene:
    return Scene(Database(sqlite_url), work_seconds=1.0)


@pytest.fixture
async def client(scene: Scene) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(routes({BINDING: scene.connector}, scene.intake))  # type: ignore[dict-item]
    async with TestClient(TestServer(app)) as opened:
        yield opened
    await asyncio.to_thread(scene.database.close)


async def test_an_event_is_stored_when_it_is_answered(client: Client, scene: Scene) -> None:
    body = json.dumps({"key": "m:1", "text": "press", "chat": "c1"})
    response = await client.post(f"{PATH}/robot", data=body)
    assert (response.status, await response.text()) == (200, "done press")
    assert set(traces(scene.database)) == {"m:1"}


async def test_a_request_that_is_not_believed_stores_nothing_and_tells_nothing(
    client: Client, scene: Scene
) -> None:
    before = REGISTRY.get_sample_value(
        "chengquan_webhooks_refused_total", {"binding": BINDING, "reason": "nonsense"}
    )
    response = await client.post(PATH, data=b"{")
    assert (response.status, await response.read()) == (401, b"")
    after = REGISTRY.get_sample_value(
        "chengquan_webhooks_refused_total", {"binding": BINDING, "reason": "nonsense"}
    )
    assert (after or 0) - (before or 0) == 1
    assert states(scene.database) == {}


async def test_a_challenge_is_answered_and_leaves_no_row(client: Client, scene: Scene) -> None:
    response = await client.get(PATH, params={"echostr": "x"})
    assert (response.status, await response.read()) == (200, b"echo")
    assert states(scene.database) == {}


async def test_an_unknown_binding_is_not_found(client: Client) -> None:
    assert (await client.post("/webhooks/nobody", data=b"{}")).status == 404


async def test_other_methods_are_not_allowed(client: Client) -> None:
    assert (await client.put(PATH, data=b"{}")).status == 405


async def test_a_body_that_says_it_is_too_large_is_refused_unread(client: Client) -> None:
    body = io.BytesIO(b"x" * (MAX_BODY + 1))
    assert (await client.post(PATH, data=body)).status == 413


async def test_a_body_of_unknown_length_is_cut_off_at_the_limit(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 1024 + 64):
            yield b"x" * 1024

    try:
        status = (await client.post(PATH, data=endless())).status
    except aiohttp.ClientError:  # the connection was closed before all of it was written
        status = 413
    assert status == 413


async def test_compressed_bodies_are_refused_before_they_are_unpacked(client: Client, scene: Scene) -> None:
    response = await client.post(PATH, data=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert response.status in (400, 415)
    assert states(scene.database) == {}


async def test_a_slow_event_is_answered_503_and_the_next_delivery_finds_it(
    client: Client, scene: Scene
) -> None:
    scene.connector.edge_timeout = 0.05
    body = json.dumps({"key": "m:1", "text": "slow-statements", "chat": "c1"})
    assert (await client.post(PATH, data=body)).status == 503
    scene.connector.edge_timeout = 5.0
    assert (await client.post(PATH, data=body)).status == 200
    assert states(scene.database) == {"m:1": ("pending", 1)}
