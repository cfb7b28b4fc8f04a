"""Invariant 22 on the real path: somebody read one DingTalk header pair in a log and uses it.

The pair vouches for a time, not for a body: any sender and any words may stand behind it for an hour.
"""

import json
import secrets
import time
from pathlib import Path
from typing import Any

import aiohttp

from connectors.sandbox.dingtalk import DingTalkStandIn
from connectors.sandbox.dingtalk_wire import robot_headers
from tests.stories.play import Play, played
from tests.stories.test_first_day import imported


class Captured:
    """One header pair, spent by the honest message it came with; everything else is made up."""

    def __init__(self, play: Play) -> None:
        self._play = play
        stand_in = play.sandbox.world.stand_ins["dingtalk"]
        assert isinstance(stand_in, DingTalkStandIn)
        self._corp, self._robot = stand_in.corp_id, stand_in.world.app_key
        self._direct = stand_in.direct_id
        self._headers = robot_headers(stand_in.world.app_secret, str(int(time.time() * 1000)))
        self._url = play.sandbox.url.replace("/sandbox", "/webhooks/dingtalk/robot")

    async def send(self, name: str, text: str) -> tuple[int, bytes]:
        """As ``name``, in their direct chat. The answer is what the attacker reads."""
        person = self._play.sandbox.world.named(name)
        body: dict[str, Any] = {
            "conversationId": self._direct(person.key),
            "conversationType": "1",
            "msgId": secrets.token_hex(8),
            "createAt": int(time.time() * 1000),
            "senderStaffId": person.key,
            "senderCorpId": self._corp,
            "chatbotCorpId": self._corp,
            "robotCode": self._robot,
            "sessionWebhook": "http://127.0.0.1:9/robot/sendBySession?session=theirs",
            "sessionWebhookExpiredTime": int(time.time() * 1000) + 3_600_000,
            "msgtype": "text",
            "text": {"content": text},
        }
        content = {"Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                self._url, data=json.dumps(body).encode(), headers=content | self._headers
            ) as answer,
        ):
            status, read = answer.status, await answer.read()
        await self._play.sandbox.settle()
        return status, read


async def test_invariant_22_a_captured_pair_decides_nothing_and_reads_nothing(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)
        await play.press("陈立", "都按周五")
        pair = Captured(play)
        assert (await pair.send("高宁", "你好"))[0] == 200  # the honest message spends the pair

        play.mark()
        status, read = await pair.send("陈立", "下发 依据市政办发〔2026〕31号")
        assert (status, read) == (200, b"")
        asked = play.one("陈立")
        assert asked.title == "请确认是您本人"
        assert not play.everybody_else("陈立")

        await play.say("陈立", "发出")
        assert "没有等您核对的内容" in play.one("陈立")

        play.mark()
        status, read = await pair.send("陈立", "我的")
        assert (status, read) == (200, b"")
        assert not play.everybody_else("陈立")


async def test_invariant_22_guessing_the_code_voids_it(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)
        await play.press("陈立", "都按周五")
        pair = Captured(play)
        await pair.send("高宁", "你好")
        await pair.send("陈立", "下发 依据市政办发〔2026〕31号")
        for _ in range(5):
            await pair.send("陈立", "下发 依据市政办发〔2026〕31号 222222")
        assert "确认码不对" in play.to("陈立")[-1]
        play.mark()
        await play.press("陈立", "确认", title="请确认是您本人")
        assert "确认码不对" in play.one("陈立")
        assert not play.everybody_else("陈立")


async def test_invariant_22_the_honest_need_one_tap(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)
        await play.press("陈立", "都按周五")
        pair = Captured(play)
        await pair.send("高宁", "你好")
        await pair.send("陈立", "下发 依据市政办发〔2026〕31号")
        await play.press("陈立", "确认", title="请确认是您本人")
        assert "已下发" in play.one("陈立").title
        assert play.one("李娜").title == "环保局牵头 4 项，请签收"
