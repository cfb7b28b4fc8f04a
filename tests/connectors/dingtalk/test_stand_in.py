"""The stand-in refuses what the platform refuses, with a cryptography of its own."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.dingtalk import recorded
from connectors.sandbox import dingtalk_wire as wire
from tests.connectors.dingtalk.scene import GROUP, KEYS, LI, WANG, Scene

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors/dingtalk.json").read_text("utf-8")
)["cases"]
TEXT = {"msgKey": "sampleText", "msgParam": '{"content":"好"}', "robotCode": KEYS["app_key"]}
TO_GROUP, TO_PEOPLE = "/v1.0/robot/groupMessages/send", "/v1.0/robot/oToMessages/batchSend"


class Caller:
    """Calls the stand-in as a careless bot would."""

    def __init__(self, api: str) -> None:
        self._api = api.rstrip("/")
        self.session = aiohttp.ClientSession()
        self.token = ""

    async def call(self, path: str, body: object, method: str = "POST") -> tuple[int, dict[str, Any]]:
        headers = {"x-acs-dingtalk-access-token": self.token}
        async with self.session.request(method, self._api + path, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def sign_in(self) -> None:
        credentials = {"appKey": KEYS["app_key"], "appSecret": KEYS["app_secret"]}
        self.token = (await self.call("/v1.0/oauth2/accessToken", credentials))[1]["accessToken"]

    async def upload(self, query: str, form: aiohttp.FormData) -> dict[str, Any]:
        url = f"{self._api}/media/upload?access_token={self.token}{query}"
        async with self.session.post(url, data=form) as response:
            assert response.status == 200
            answer: dict[str, Any] = await response.json()
            return answer


@pytest.fixture
async def caller(scene: Scene) -> AsyncIterator[Caller]:
    caller = Caller(scene.api)
    await caller.sign_in()
    yield caller
    await caller.session.close()


async def test_the_token_stays_the_same_while_it_is_good(caller: Caller) -> None:
    before = caller.token
    await caller.sign_in()
    assert caller.token == before


async def test_a_wrong_secret_and_a_wrong_token_are_refused(caller: Caller) -> None:
    wrong = {"appKey": KEYS["app_key"], "appSecret": "x"}
    status, body = await caller.call("/v1.0/oauth2/accessToken", wrong)
    assert (status, body["code"]) == (400, "invalidClientIdOrSecret")
    caller.token = "x"
    status, body = await caller.call(TO_GROUP, TEXT | {"openConversationId": GROUP.id})
    assert (status, body["code"]) == (401, "InvalidAuthentication")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"robotCode": "other"}, "invalidParameter.robotCode.invalid"),
        ({"msgKey": "sampleActionCard1"}, "invalidParameter.msgKey.invalid"),
        ({"msgParam": {"content": "好"}}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": "好"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": "{}"}, "invalidParameter.msgParam.invalid"),
        ({"msgParam": json.dumps({"content": "x" * 15_000})}, "invalidParameter.msgParam.invalid"),
        ({"msgKey": "sampleActionCard2"}, "invalidParameter.msgParam.invalid"),
        ({"openConversationId": "cidNone"}, "group.disbanded"),
        ({"openConversationId": ""}, "miss.param.openConversationId"),
    ],
)
async def test_a_malformed_message_is_refused_by_name(
    caller: Caller, changes: dict[str, Any], code: str
) -> None:
    status, body = await caller.call(TO_GROUP, TEXT | {"openConversationId": GROUP.id} | changes)
    assert (status, body["code"]) == (400, code)


async def test_at_most_twenty_people_a_call_and_each_gets_a_message(scene: Scene, caller: Caller) -> None:
    status, body = await caller.call(TO_PEOPLE, TEXT | {"userIds": [f"u{n}" for n in range(21)]})
    assert (status, body["code"]) == (400, "invalidParameter.userIds.invalid")
    status, body = await caller.call(TO_PEOPLE, TEXT | {"userIds": [WANG.key, LI.key, "u1"]})
    assert (status, body["invalidStaffIdList"]) == (200, ["u1"])
    places = [entry.conversation_id for entry in scene.stand_in.journal.since()]
    assert places == [scene.stand_in.direct_id(WANG.key), scene.stand_in.direct_id(LI.key)]


async def test_an_upload_needs_its_type_and_a_file_name(caller: Caller) -> None:
    named = aiohttp.FormData()
    named.add_field("media", b"x", filename="a.png")
    assert (await caller.upload("", named))["errcode"] == 40004
    nameless = aiohttp.FormData()
    nameless.add_field("type", "image")
    nameless.add_field("media", "x")
    assert (await caller.upload("&type=image", nameless))["errcode"] == 40035
    assert (await caller.upload("&type=image", _file()))["errcode"] == 0


def _file() -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("media", b"x", filename="a.png")
    return form


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outTrackId": ""}, "param.outTrackIdEmpty"),
        ({"cardTemplateId": ""}, "param.cardTemplateIdEmpty"),
        ({"openSpaceId": "dtv1.card//OTHER.x"}, "param.openSpaceIdInvalid"),
        ({"cardData": {"cardParamMap": {"no": 1}}}, "param.cardPublicDataInvalid"),
        ({"cardData": {"cardParamMap": {"body": "字" * 400}}}, "param.cardPublicDataInvalid"),
    ],
)
async def test_a_malformed_card_is_refused_by_name(
    caller: Caller, changes: dict[str, Any], code: str
) -> None:
    card = {"outTrackId": "t", "cardTemplateId": "c", "openSpaceId": f"dtv1.card//IM_GROUP.{GROUP.id}"}
    status, body = await caller.call("/v1.0/card/instances/createAndDeliver", card | changes)
    assert (status, body["code"]) == (400, code)


async def test_an_update_without_the_option_by_key_wipes_the_card(scene: Scene, caller: Caller) -> None:
    space = {"outTrackId": "t", "cardTemplateId": "c", "openSpaceId": f"dtv1.card//IM_GROUP.{GROUP.id}"}
    data = {"cardData": {"cardParamMap": {"title": "事项", "remark": "急"}}}
    await caller.call("/v1.0/card/instances/createAndDeliver", space | data)
    new = {"outTrackId": "t", "cardData": {"cardParamMap": {"remark": "缓"}}}
    options = {"cardUpdateOptions": {"updateCardDataByKey": True}}
    await caller.call("/v1.0/card/instances", new | options, "PUT")
    await caller.call("/v1.0/card/instances", new, "PUT")
    cards = [entry.card for entry in scene.stand_in.journal.since() if entry.card]
    assert [(card["title"], card["remark"]) for card in cards] == [("事项", "急"), ("事项", "缓"), ("", "缓")]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in CASES if case["kind"] == "event_response"]
)
def test_the_stand_in_takes_an_answer_exactly_when_the_platform_does(case: dict[str, Any]) -> None:
    keys = case["keys"]
    codec = wire.EventCodec(keys["token"], keys["aes_key"], keys["owner_key"])
    assert codec.is_success(case["response"]["body"].encode()) == (case["expected"]["result"] == "accept")


def test_the_stand_in_signs_as_the_vectors_do() -> None:
    signed = 0
    for case in CASES:
        if case["expected"]["result"] != "accept" or case["kind"] not in ("robot_message", "card_callback"):
            continue
        recording = recorded.read(case)
        assert recording is not None
        headers = dict(recording.request.headers)
        if case["kind"] == "robot_message":
            made = wire.robot_headers(case["keys"]["app_secret"], headers["timestamp"])
        else:
            made = wire.card_headers(case["keys"]["api_secret"], headers["x-ddpaas-signature-timestamp"])
        assert made.items() <= headers.items()
        signed += 1
    assert signed > 10
