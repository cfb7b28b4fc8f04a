"""A platform on loopback, its connector, and a delivery that uses both."""

from collections.abc import AsyncIterator

import pytest

from bot.delivery import Delivery
from storage.database import Database
from tests.loopback import BINDING, FakePlatform, LoopbackConnector, NoBlobs, serving


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    async with serving(FakePlatform()) as running:
        yield running


@pytest.fixture
async def connector(platform: FakePlatform) -> AsyncIterator[LoopbackConnector]:
    made = LoopbackConnector(platform.url)
    yield made
    await made.close()


@pytest.fixture
def delivery(database: Database, connector: LoopbackConnector) -> Delivery:
    return Delivery(database, {BINDING: connector}, NoBlobs(), call_timeout=0.3)
