"""The guarded client goes nowhere but to the listed hosts."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from connectors.errors import SendDeferred, SendUnknown
from connectors.fetching import AllowedHost, Fetcher, FetchRefused

LISTED = AllowedHost("files.example.com", path="/robot/")


class FixedResolver(AbstractResolver):
    """Answers every name with ``address``, and remembers what it was asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        found = ResolveResult(
            hostname=host, host=self.address, port=port, family=socket.AF_INET, proto=0, flags=0
        )
        return [found]

    async def close(self) -> None:
        return None


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    reached: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        reached.append(request.path)
        what = request.match_info["what"]
        if what == "moved":
            raise web.HTTPFound("http://127.0.0.1:1/inside")
        if what == "broken":
            return web.Response(status=502)
        if what == "gone":
            return web.Response(status=404)
        if what == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if what == "headers":
            return web.json_response(dict(request.headers))
        if what == "long":
            stream = web.StreamResponse()
            await stream.prepare(request)
            for _ in range(64):
                await stream.write(b"x" * 1024)
            return stream
        return web.Response(body=await request.read() or b"bytes", headers={"Set-Cookie": "a=b"})

    app = web.Application()
    app.router.add_route("*", "/{what}", answer)
    server = TestServer(app)
    app[REACHED] = reached
    await server.start_server()
    yield server
    await server.close()


REACHED = web.AppKey("reached", list[str])


def listed(server: TestServer, name: str = "127.0.0.1") -> AllowedHost:
    return AllowedHost(name, plain_http=True, port=server.port)


OUTSIDE = [
    "https://127.0.0.1/robot/x",
    "https://[::ffff:127.0.0.1]/robot/x",
    "https://127。0。0。1/robot/x",
    "https://①27.0.0.1/robot/x",
    "https://0x7f.1/robot/x",
    "https://2130706433/robot/x",
    "https://0177.0.0.1/robot/x",
    "https://[::1]/robot/x",
    "https://169.254.169.254/robot/x",
    "https://localhost/robot/x",
    "https://example.com/robot/x",
    "https://evilfiles.example.com.evil.test/robot/x",
    "https://evil-files.example.com/robot/x",
    "https://files.example.com./robot/x",
    "https://files.example.com@evil.test/robot/x",
    "https://user:secret@files.example.com/robot/x",
    "https://evil.test\\@files.example.com/robot/x",
    "http://files.example.com/robot/x",
    "ftp://files.example.com/robot/x",
    "file:///robot/x",
    "//files.example.com/robot/x",
    "/robot/x",
    "",
    "https://files.example.com:8443/robot/x",
    "https://files.example.com:80/robot/x",
    "https://files.example.com/other/x",
    "https://files.example.com/robot/../other/x",
    "https://files.example.com/robot/%2e%2e/other/x",
    "https://files.example.com:port/robot/x",
    "https://[broken/robot/x",
]


@pytest.mark.parametrize("url", OUTSIDE)
async def test_invariant_23_no_request_leaves_the_list(url: str) -> None:
    resolver = FixedResolver("93.184.216.34")
    fetcher = Fetcher([LISTED], resolver=resolver)
    with pytest.raises(FetchRefused):
        await fetcher.get(url)
    with pytest.raises(FetchRefused):
        await fetcher.post(url, {})
    assert resolver.asked == []
    await fetcher.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.com/robot/x?Expires=1&Signature=a%2Bb",
        "https://a.b.files.example.com/robot/x",
        "https://FILES.example.com:443/robot/x",
    ],
)
def test_a_listed_address_is_let_through(url: str) -> None:
    assert Fetcher([LISTED]).check(url).scheme == "https"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an answer, not something bound to
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "not an address",
    ],
)
async def test_a_listed_name_that_leads_inside_is_refused(address: str) -> None:
    resolver = FixedResolver(address)
    fetcher = Fetcher([LISTED], resolver=resolver)
    with pytest.raises(FetchRefused, match="fetch_address"):
        await fetcher.get("https://files.example.com/robot/x")
    assert resolver.asked == ["files.example.com"]
    await fetcher.close()


async def test_a_host_listed_for_plain_http_may_be_inside(server: TestServer) -> None:
    fetcher = Fetcher([listed(server), listed(server, "stand-in.test")], resolver=FixedResolver("127.0.0.1"))
    assert await fetcher.get(str(server.make_url("/file"))) == b"bytes"
    assert await fetcher.get(f"http://stand-in.test:{server.port}/file") == b"bytes"
    with pytest.raises(FetchRefused):
        await fetcher.get("http://127.0.0.1:9/file")
    with pytest.raises(FetchRefused):
        await fetcher.get(f"http://127.0.0.2:{server.port}/file")
    await fetcher.close()


async def test_a_redirect_is_not_followed(server: TestServer) -> None:
    fetcher = Fetcher([listed(server)])
    with pytest.raises(FetchRefused, match="fetch_302"):
        await fetcher.get(str(server.make_url("/moved")))
    assert server.app[REACHED] == ["/moved"]
    await fetcher.close()


async def test_a_long_body_is_cut_off(server: TestServer) -> None:
    fetcher = Fetcher([listed(server)], max_bytes=4096)
    with pytest.raises(FetchRefused, match="fetch_size"):
        await fetcher.get(str(server.make_url("/long")))
    await fetcher.close()


async def test_no_cookie_and_no_credential_goes_along(server: TestServer) -> None:
    fetcher = Fetcher([listed(server)])
    await fetcher.get(str(server.make_url("/file")))
    headers = (await fetcher.get(str(server.make_url("/headers")))).decode().lower()
    assert "cookie" not in headers
    assert "authorization" not in headers
    await fetcher.close()


async def test_what_a_broken_server_means_depends_on_whether_something_was_sent(server: TestServer) -> None:
    fetcher = Fetcher([listed(server), AllowedHost("127.0.0.1", plain_http=True, port=1)])
    for path in ("/broken", "/cut"):
        with pytest.raises(SendDeferred):
            await fetcher.get(str(server.make_url(path)))
        with pytest.raises(SendUnknown):
            await fetcher.post(str(server.make_url(path)), {})
    with pytest.raises(FetchRefused):
        await fetcher.get(str(server.make_url("/gone")))
    with pytest.raises(SendDeferred):
        await fetcher.post("http://127.0.0.1:1/closed", {})
    assert await fetcher.post(str(server.make_url("/file")), {"a": "中"}) == b'{"a": "\\u4e2d"}'
    await fetcher.close()


def test_the_host_of_a_base_address_is_taken_with_its_scheme_and_port() -> None:
    assert AllowedHost.of_base("https://api.example.com") == AllowedHost("api.example.com")
    assert AllowedHost.of_base("http://127.0.0.1:8080/x") == AllowedHost(
        "127.0.0.1", plain_http=True, port=8080
    )
