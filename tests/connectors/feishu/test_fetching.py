"""Files that people sent: only by handle, only from the API, bounded."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.chat import File
from connectors.errors import SendDeferred, SendRefused
from connectors.feishu.access import MAX_BYTES
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import Upload
from tests.connectors.feishu.scene import LI, WANG, Scene, connector_at


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


async def test_a_file_that_does_not_say_its_size_is_cut_off_too() -> None:
    sent = 0

    async def token(request: web.Request) -> web.Response:
        return web.json_response({"code": 0, "tenant_access_token": "t-1", "expire": 7200})

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 2 * MAX_BYTES:
            await response.write(bytes(1024 * 1024))
            sent += 1024 * 1024
        return response

    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", token)
    app.router.add_get("/open-apis/im/v1/messages/om_1/resources/k", endless)
    async with TestServer(app) as server:
        connector = connector_at(str(server.make_url("")))
        with pytest.raises(SendRefused) as refused:
            await connector.fetch(File("x", "om_1/k/file"))
        await connector.close()
    assert refused.value.code == "fetch_size"
    assert sent < 2 * MAX_BYTES
