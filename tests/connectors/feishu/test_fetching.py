"""Files that people sent: only by handle, only from the API, bounded."""

import pytest

from connectors.chat import Address, ConversationKind, File
from connectors.errors import (
    SendDeferred,
    SendRefused,
)
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import Upload
from tests.connectors.feishu.scene import GROUP, LI, WANG, Scene

IN_GROUP = Address("feishu", ConversationKind.GROUP, GROUP)
TO_WANG = Address("feishu", ConversationKind.DIRECT, WANG)


@pytest.mark.parametrize(
    "handle",
    [
        "",
        "om_1",
        "om_1/file_1",
        "om_1/file_1/exe",
        "../x/y/file",
        "om_1/a%2fb/file",
        "http://h/x/file",
        "a/b/file\n",
    ],
)
async def test_a_handle_that_is_none_asks_nobody(scene: Scene, handle: str) -> None:
    scene.faults.script("token", FaultKind.BROKEN)
    with pytest.raises(SendRefused) as refused:
        await scene.connector.fetch(File("x", handle))
    assert refused.value.code == "handle"


async def test_fetching_survives_an_expired_token(scene: Scene) -> None:
    await scene.stand_in.say(WANG, None, "", files=[Upload("a.json", b'{"code": 7}')])
    (heard,) = scene.bot.incoming
    assert await scene.connector.fetch(heard.files[0]) == b'{"code": 7}'
    scene.stand_in.tenant.expire_tokens()
    assert await scene.connector.fetch(heard.files[0]) == b'{"code": 7}'


async def test_fetching_says_what_went_wrong(scene: Scene) -> None:
    await scene.stand_in.say(LI, None, "", files=[Upload("big.bin", bytes(30 * 1024 * 1024 + 1))])
    (heard,) = scene.bot.incoming
    with pytest.raises(SendRefused) as refused:
        await scene.connector.fetch(heard.files[0])
    assert refused.value.code == "fetch_size"
    with pytest.raises(SendRefused) as refused:
        await scene.connector.fetch(File("x", f"{heard.message_id}/file_other/file"))
    assert refused.value.code == "234003"
    # A cut connection is tried again at once where it was an old one: asking twice does no harm.
    for faults in ([FaultKind.BROKEN], [FaultKind.RESET_BEFORE] * 2):
        scene.faults.script("download", *faults)
        with pytest.raises(SendDeferred):
            await scene.connector.fetch(heard.files[0])
