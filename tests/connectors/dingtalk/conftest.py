"""The stand-in and the real connector, talking over loopback."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.dingtalk.connector import build
from connectors.dingtalk.settings import DingTalkSettings
from connectors.sandbox.dingtalk import DingTalkStandIn
from connectors.sandbox.webhooks import Courier
from connectors.tokens import MemoryTokenStore
from tests.connectors.dingtalk.scene import GROUP, KEYS, LI, WANG, Bot, Scene


@pytest.fixture
def template() -> str:
    """The card template that the connector is configured with."""
    return ""


@pytest.fixture
async def scene(template: str) -> AsyncIterator[Scene]:
    bot = Bot()
    app = web.Application()
    app.router.add_post("/webhooks/dingtalk/{endpoint}", bot.handle)
    edge = TestServer(app)
    await edge.start_server()
    stand_in = DingTalkStandIn(
        Courier(str(edge.make_url("/webhooks/dingtalk"))),
        app_key=KEYS["app_key"],
        app_secret=KEYS["app_secret"],
        aes_key=KEYS["aes_key"],
        token=KEYS["token"],
        card_secret=KEYS["card_secret"],
        users=(WANG, LI),
        chats=(GROUP,),
        retries=(0.0, 0.0),
    )
    platform = TestServer(stand_in.app())
    await platform.start_server()
    api = str(platform.make_url(""))
    stand_in.public_url = api.rstrip("/")
    settings = DingTalkSettings.model_validate(
        {
            **KEYS,
            "base_url": api,
            "old_base_url": api,
            "corp_id": stand_in.corp_id,
            "card_template_id": template,
        }
    )
    bot.connector = build(settings, tokens=MemoryTokenStore())
    yield Scene(bot, stand_in, bot.connector, api)
    await bot.connector.close()
    await stand_in.close()
    await edge.close()
    await platform.close()
