"""What ``chengquan check`` says, and that it never raises or shows a secret."""

import asyncio

from connectors.chat import Address, ConversationKind, Text
from connectors.feishu.connector import build
from connectors.feishu.settings import FeishuSettings
from connectors.sandbox.faults import FaultKind
from connectors.tokens import MemoryTokenStore
from tests.connectors.feishu.scene import GROUP, KEYS, WANG, Blobs, Scene
from tests.connectors.feishu.sealing import NOW, body_of, signed


async def test_all_is_well(scene: Scene) -> None:
    assert await scene.connector.check() == [
        ("飞书凭证", True, ""),
        ("飞书机器人", True, ""),
        ("飞书权限", True, ""),
    ]


async def test_missing_permissions_are_named_with_what_they_are_for(scene: Scene) -> None:
    scene.stand_in.tenant.scopes -= {"im:message.p2p_msg:readonly", "im:resource"}
    lines = [line for line in await scene.connector.check() if not line[1]]
    assert [line[0] for line in lines] == ["飞书权限：接收私聊消息", "飞书权限：上传图片和文件"]
    assert "im:message.p2p_msg:readonly" in lines[0][2]
    assert "发布版本" in lines[0][2]


async def test_a_wrong_secret_and_a_dead_host_are_told_apart(scene: Scene, unused_tcp_port: int) -> None:
    for changed, advice in (
        ({"app_secret": "wrong-secret"}, "app_secret 不对"),
        ({"base_url": f"http://127.0.0.1:{unused_tcp_port}"}, "连不上飞书"),
    ):
        settings = FeishuSettings.model_validate({**KEYS, "base_url": scene.base_url, **changed})
        connector = build(settings, tokens=MemoryTokenStore())
        ((what, good, todo),) = await connector.check()
        await connector.close()
        assert (what, good) == ("飞书凭证", False)
        assert advice in todo
        assert "wrong-secret" not in todo


async def test_another_apps_bot_is_noticed(scene: Scene) -> None:
    settings = FeishuSettings.model_validate(
        {**KEYS, "base_url": scene.base_url, "bot_open_id": "ou_somebody"}
    )
    connector = build(settings, tokens=MemoryTokenStore())
    lines = {what: (good, todo) for what, good, todo in await connector.check()}
    await connector.close()
    assert lines["飞书机器人"] == (
        False,
        f"设置的 bot_open_id 不是这个应用的机器人，应为 {scene.stand_in.tenant.bot_open_id}。",
    )


async def test_a_question_that_fails_is_a_line_and_not_an_exception(scene: Scene) -> None:
    scene.faults.script("info", FaultKind.BROKEN, FaultKind.BROKEN, FaultKind.GARBAGE)
    lines = {what: good for what, good, _ in await scene.connector.check()}
    assert lines == {"飞书凭证": True, "飞书机器人": False, "飞书权限": False}


async def test_the_first_send_learns_it_too(scene: Scene) -> None:
    """Until then the only bot mentioned is taken for ours."""
    other = {"key": "@_user_1", "id": {"open_id": "ou_other"}, "mentioned_type": "bot", "name": "别的"}
    message = {
        "message_id": "om_1",
        "chat_id": GROUP,
        "chat_type": "group",
        "message_type": "text",
        "content": '{"text": "@_user_1 你好"}',
        "mentions": [other],
    }
    header = {
        "event_id": "e",
        "event_type": "im.message.receive_v1",
        "token": KEYS["verification_token"],
        "app_id": KEYS["app_id"],
    }
    sender = {"sender_id": {"open_id": WANG}, "sender_type": "user"}
    request = signed(body_of({"header": header, "event": {"sender": sender, "message": message}}))
    assert scene.connector.receive(request, NOW).incoming is not None
    address = Address("feishu", ConversationKind.GROUP, GROUP)
    await scene.connector.send(address, Text("您好"), idem_key="k", blobs=Blobs())
    async with asyncio.timeout(5):
        while scene.connector.receive(request, NOW).incoming is not None:
            await scene.stand_in.verify_url()


async def test_the_open_id_learned_then_decides_who_is_mentioned(scene: Scene) -> None:
    await scene.connector.check()
    await scene.stand_in.say(WANG, GROUP, "我的事项")
    assert [heard.text for heard in scene.bot.incoming] == ["我的事项"]
    scene.stand_in.tenant.scopes.add("im:message.group_msg")
    scene.stand_in.tenant.bot_open_id = "ou_another_bot"
    await scene.stand_in.say(WANG, GROUP, "我的事项")
    assert scene.bot.received[-1].ignored == "bot not mentioned"
