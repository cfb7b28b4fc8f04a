"""The scene that the tests of the connector play in."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.feishu.connector import build
from connectors.feishu.settings import FeishuSettings
from connectors.sandbox.faults import Faults
from connectors.sandbox.feishu import FeishuStandIn
from connectors.sandbox.journal import Journal
from connectors.sandbox.webhooks import Courier
from connectors.tokens import MemoryTokenStore
from tests.connectors.feishu.scene import GROUP, KEYS, LI, WANG, Bot, Scene


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    bot, faults, journal = Bot(), Faults(), Journal()
    webhook = web.Application()
    webhook.router.add_post("/webhooks/feishu", bot.handle)
    async with TestServer(webhook) as bot_server:
        courier = Courier(str(bot_server.make_url("/webhooks/feishu")))
        stand_in = FeishuStandIn(**KEYS, journal=journal, faults=faults, deliver=courier)
        stand_in.add_user(WANG, "on_wang", "u1", "王小雨")
        stand_in.add_user(LI, "on_li", "u2", "李建国")
        stand_in.add_chat(GROUP, "营商环境专班", [WANG, LI])
        async with TestServer(stand_in.app()) as api_server:
            base_url = str(api_server.make_url("")).rstrip("/")
            settings = FeishuSettings.model_validate({**KEYS, "base_url": base_url})
            bot.connector = build(settings, tokens=MemoryTokenStore())
            yield Scene(stand_in, bot.connector, bot, faults, journal, base_url)
            await bot.connector.close()
            await stand_in.close()
