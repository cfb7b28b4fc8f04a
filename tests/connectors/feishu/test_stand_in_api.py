"""The stand-in's open API as strict as the platform's: tokens, limits, keys, errors."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from connectors.chat import Button, ConversationKind, card
from connectors.feishu import render
from connectors.sandbox.faults import Faults
from connectors.sandbox.feishu import FeishuStandIn
from connectors.sandbox.journal import EntryKind, Journal, Upload
from connectors.sandbox.webhooks import WebhookAnswer, WebhookCall
from tests.connectors.feishu.scene import GROUP, KEYS, WANG

TEXT = {"msg_type": "text", "content": '{"text":"您好"}'}
CARD = render.card(card("事项 T12", buttons=(Button("签收", "签收 T12"),)), ConversationKind.GROUP)


class Platform:
    """The stand-in over HTTP, asked without our client; its bot answers every webhook with ``{}``."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
        self.journal = Journal(clock=lambda: self.now)
        self.calls: list[WebhookCall] = []
        self.stand_in = FeishuStandIn(**KEYS, journal=self.journal, faults=Faults(), deliver=self.deliver)
        self.stand_in.add_user(WANG, "on_wang", "u1", "王小雨")
        self.stand_in.add_chat(GROUP, "专班", [WANG])
        self.token = ""
        self.session: aiohttp.ClientSession

    async def deliver(self, call: WebhookCall) -> WebhookAnswer:
        self.calls.append(call)
        return WebhookAnswer(200, b"{}")

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        """(HTTP status, answer); ``body`` a dict for JSON, else a form."""
        given = self.token if token is None else token
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        kind = "json" if isinstance(body, dict) else "data"
        async with self.session.request(
            method, f"/open-apis{path}", headers=headers, **{kind: body}
        ) as response:
            answer: Mapping[str, Any] = await response.json()
            return response.status, answer

    async def code(self, method: str, path: str, body: Any = None) -> int:
        _, answer = await self.ask(method, path, body)
        return int(answer["code"])

    async def send(self, **changed: Any) -> tuple[int, Mapping[str, Any]]:
        body = {"receive_id": GROUP, **TEXT, **changed}
        _, answer = await self.ask("POST", "/im/v1/messages?receive_id_type=chat_id", body)
        return int(answer["code"]), answer.get("data", {})

    async def new_token(self, secret: str = KEYS["app_secret"]) -> Mapping[str, Any]:
        credentials = {"app_id": KEYS["app_id"], "app_secret": secret}
        _, answer = await self.ask("POST", "/auth/v3/tenant_access_token/internal", credentials, token="")
        return answer


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    asked = Platform()
    async with (
        TestServer(asked.stand_in.app()) as server,
        aiohttp.ClientSession(server.make_url("")) as session,
    ):
        asked.session = session
        asked.token = (await asked.new_token())["tenant_access_token"]
        yield asked


async def test_one_token_is_good_for_all_who_ask(platform: Platform) -> None:
    answer = await platform.new_token()
    assert (answer["tenant_access_token"], answer["code"]) == (platform.token, 0)
    assert answer["expire"] <= 7200
    assert (await platform.new_token("wrong"))["code"] == 10014


@pytest.mark.parametrize(("token", "code"), [("", 99991661), ("t-forged", 99991663)])
async def test_nothing_works_without_a_good_token(platform: Platform, token: str, code: int) -> None:
    for method, path in (
        ("GET", "/bot/v3/info"),
        ("POST", "/im/v1/messages"),
        ("PATCH", "/im/v1/messages/m"),
    ):
        status, answer = await platform.ask(method, path, {}, token=token)
        assert (status, answer["code"]) == (400, code)
    platform.stand_in.tenant.expire_tokens()
    assert await platform.code("GET", "/bot/v3/info") == 99991663


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, 0),
        ({"receive_id": "oc_unknown"}, 230001),
        ({"content": {"text": "您好"}}, 230001),
        ({"content": "您好"}, 230001),
        ({"content": "[]"}, 230001),
        ({"content": '{"text":""}'}, 230001),
        ({"msg_type": "post", "content": '{"title":"","content":[[]]}'}, 230001),
        ({"msg_type": "post", "content": '{"zh_cn":{"title":"题","content":[[]]}}'}, 0),
        ({"msg_type": "interactive", "content": json.dumps(CARD)}, 0),
        ({"msg_type": "interactive", "content": '{"elements":[]}'}, 230099),
        ({"msg_type": "image", "content": '{"image_key":"img_other"}'}, 230001),
        ({"msg_type": "file", "content": '{"file_key":"file_other"}'}, 230055),
        ({"msg_type": "shout"}, 230001),
        ({"content": json.dumps({"text": "长" * 50_001})}, 230025),
        ({"uuid": "k" * 51}, 99992402),
    ],
)
async def test_a_message_is_checked_before_it_is_taken(
    platform: Platform, changed: dict[str, Any], code: int
) -> None:
    assert (await platform.send(**changed))[0] == code
    assert len(platform.journal.since()) == (code == 0)


async def test_a_repeated_uuid_is_shown_once_per_api(platform: Platform) -> None:
    _, first = await platform.send(uuid="k1")
    _, again = await platform.send(uuid="k1")
    assert first["message_id"] == again["message_id"]
    path = f"/im/v1/messages/{first['message_id']}/reply"
    assert await platform.code("POST", path, {**TEXT, "uuid": "k1"}) == 0
    assert await platform.code("POST", path, {**TEXT, "uuid": "k1"}) == 0
    assert len(platform.journal.since()) == 2


async def test_permissions_can_be_taken_away(platform: Platform) -> None:
    platform.stand_in.tenant.scopes.clear()
    assert (await platform.send())[0] == 99991672
    form = aiohttp.FormData({"image_type": "message"})
    form.add_field("image", b"\x89PNG", filename="a.png")
    assert await platform.code("POST", "/im/v1/images", form) == 99991672


async def test_a_card_can_be_redrawn_for_fourteen_days(platform: Platform) -> None:
    _, sent = await platform.send(msg_type="interactive", content=json.dumps(CARD))
    path, body = f"/im/v1/messages/{sent['message_id']}", {"content": json.dumps(CARD)}
    platform.now += timedelta(days=14)
    assert await platform.code("PATCH", path, body) == 0
    platform.now += timedelta(seconds=1)
    assert await platform.code("PATCH", path, body) == 230031
    assert await platform.code("PATCH", "/im/v1/messages/om_unknown", body) == 230001


async def test_a_clicks_token_redraws_the_card_twice(platform: Platform) -> None:
    _, sent = await platform.send(msg_type="interactive", content=json.dumps(CARD))
    await platform.stand_in.press(WANG, sent["message_id"], 0)
    (token,) = platform.stand_in.tenant.messages[sent["message_id"]].tokens
    answers = [
        await platform.code("POST", "/interactive/v1/card/update", {"token": given, "card": shown})
        for given, shown in ((token, "no card"), (token, CARD), (token, CARD), (token, CARD), ("c-x", CARD))
    ]
    assert answers == [10002, 0, 0, 300040, 300020]
    assert [e.kind for e in platform.journal.since()].count(EntryKind.UPDATED) == 2


async def test_uploads_are_checked(platform: Platform) -> None:
    def form(**fields: str) -> aiohttp.FormData:
        made = aiohttp.FormData({k: v for k, v in fields.items() if k != "data"})
        made.add_field("file", fields["data"].encode(), filename="x")
        return made

    good = {"file_type": "pdf", "file_name": "a.pdf", "data": "%PDF"}
    codes = [
        await platform.code("POST", "/im/v1/files", form(**{**good, **changed}))
        for changed in ({}, {"data": ""}, {"file_type": "exe"}, {"file_name": ""})
    ]
    assert codes == [0, 234010, 234001, 234001]


async def test_a_file_is_given_only_with_its_message_and_its_kind(platform: Platform) -> None:
    await platform.stand_in.say(WANG, None, "", files=[Upload("a.xlsx", b"PK")])
    ((message_id, key),) = platform.stand_in.tenant.resources
    base = f"/im/v1/messages/{message_id}/resources"
    assert await platform.code("GET", f"{base}/{key}?type=image") == 234001
    assert await platform.code("GET", f"{base}/file_other?type=file") == 234003
    assert await platform.code("GET", f"/im/v1/messages/om_other/resources/{key}?type=file") == 230001


async def test_errors_carry_a_log_id(platform: Platform) -> None:
    _, answer = await platform.ask(
        "POST", "/im/v1/messages?receive_id_type=email", {**TEXT, "receive_id": "a@b"}
    )
    assert answer["code"] == 99992402
    assert answer["error"]["log_id"]


async def test_what_is_pushed_is_encrypted_and_signed(platform: Platform) -> None:
    await platform.stand_in.say(WANG, GROUP, "日报 完成接口联调")
    (call,) = platform.calls
    assert list(json.loads(call.body)) == ["encrypt"]
    assert "日报" not in call.body.decode()
    assert len(call.headers["X-Lark-Signature"]) == 64
