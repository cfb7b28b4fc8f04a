"""The page of the sandbox and what it calls. Only ``demo`` serves it, and only to this machine's
browser: a request that another site's page makes is refused."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.web_request import FileField
from aiohttp_sse import sse_response

from bot.charts import described
from bot.sandbox.looks import look
from bot.sandbox.world import UnknownChat
from connectors.sandbox.journal import Delivery, Entry, Journal, Upload

if TYPE_CHECKING:  # it serves this page
    from bot.sandbox.sandbox import Sandbox

SANDBOX: web.AppKey["Sandbox"] = web.AppKey("sandbox")
MAX_FILE = 5 * 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n"

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = "default-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'"


def _static(name: str) -> web.Response:
    file = resources.files("bot.sandbox") / "static" / name
    kind = _TYPES.get(name.rpartition(".")[2])
    if kind is None or not file.is_file() or "/" in name:
        raise web.HTTPNotFound
    return web.Response(
        body=file.read_bytes(),
        headers={"Content-Type": f"{kind}; charset=utf-8", "Content-Security-Policy": _POLICY},
    )


async def page(request: web.Request) -> web.Response:
    return _static("index.html")


async def static(request: web.Request) -> web.Response:
    return _static(request.match_info["name"])


async def home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/sandbox")


def _entry(entry: Entry, journal: Journal) -> dict[str, Any]:
    """``look``: of a card; ``picture``: what a picture shows in words, absent for other files."""
    shown = asdict(entry)
    del shown["native"]
    shown["at"] = entry.at.isoformat()
    if entry.card is not None:
        shown["look"] = look(entry)
    if entry.file is not None and (content := journal.blob(entry.message_id)).startswith(PNG):
        shown["picture"] = described(content)
    return shown


async def state(request: web.Request) -> web.Response:
    return web.json_response(request.app[SANDBOX].state() | {"entries": _entries(request)}, dumps=_dumps)


def _entries(request: web.Request) -> list[dict[str, Any]]:
    journal = request.app[SANDBOX].journal
    return [_entry(entry, journal) for entry in journal.since()]


async def events(request: web.Request) -> web.StreamResponse:
    """Server-sent events: ``entry`` for what passes on the platforms."""
    after = int(request.query.get("after", "0")) if request.query.get("after", "0").isdigit() else 0
    sandbox = request.app[SANDBOX]
    async with sse_response(request) as response:
        async for entry in sandbox.journal.subscribe(after):
            await response.send(_dumps(_entry(entry, sandbox.journal)), event="entry")
    return response


async def say(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    form = await request.post()
    files: list[Upload] = []
    sent = form.get("file")
    if isinstance(sent, FileField):
        files.append(Upload(sent.filename, sent.file.read()))
    elif form.get("sample"):
        files.append(sandbox.sample)
    delivery = await sandbox.say(
        str(form.get("person", "")), str(form.get("where", "direct")), str(form.get("text", "")), files
    )
    return _answer(delivery)


async def press(request: web.Request) -> web.Response:
    sandbox = request.app[SANDBOX]
    body = await _body(request)
    person = str(body.get("person", ""))
    if "label" in body:
        return _answer(await sandbox.press_label(person, str(body["label"]), title=str(body.get("card", ""))))
    return _answer(await sandbox.press(person, str(body.get("message", "")), int(body.get("index", 0))))


async def clock(request: web.Request) -> web.Response:
    """``{"to": ISO}`` or ``{"minutes": n}`` or ``{"next": "08:35"}``; only forward."""
    sandbox = request.app[SANDBOX]
    body = await _body(request)
    if "to" in body:
        await sandbox.move_to(datetime.fromisoformat(str(body["to"])))
    elif "next" in body:
        await sandbox.move_to(sandbox.next_time(str(body["next"])))
    else:
        await sandbox.move_by(int(body.get("minutes", 0)))
    return web.json_response(sandbox.clock_state(), dumps=_dumps)


async def file(request: web.Request) -> web.Response:
    """A file that somebody or the bot sent; always a download, whatever it claims to be."""
    sandbox = request.app[SANDBOX]
    try:
        content = sandbox.journal.blob(request.match_info["message"])
    except KeyError:
        raise web.HTTPNotFound from None
    return web.Response(
        body=content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
    )


async def picture(request: web.Request) -> web.Response:
    """A picture that somebody or the bot sent; only what begins as a PNG does."""
    try:
        content = request.app[SANDBOX].journal.blob(request.match_info["message"])
    except KeyError:
        raise web.HTTPNotFound from None
    if not content.startswith(PNG):
        raise web.HTTPNotFound
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return web.Response(body=content, content_type="image/png", headers=headers)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise UnknownChat("这不是一个请求") from None
    if not isinstance(body, dict):
        raise UnknownChat("这不是一个请求")
    return body


def _answer(delivery: Delivery) -> web.Response:
    if delivery.status >= 400 or delivery.status == 0:
        return web.json_response({"error": "助手没有收下这一条，请再试一次"}, status=502, dumps=_dumps)
    return web.json_response({"toast": delivery.toast}, dumps=_dumps)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def same_site(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No other site's page may act here, and what went wrong is said in words."""
    own = ("same-origin", "none", None)
    if request.path.startswith("/sandbox") and request.headers.get("Sec-Fetch-Site") not in own:
        raise web.HTTPForbidden
    try:
        return await handler(request)
    except (UnknownChat, ValueError) as wrong:
        if not request.path.startswith("/sandbox"):
            raise
        return web.json_response({"error": str(wrong)}, status=400, dumps=_dumps)


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", home),
        web.get("/sandbox", page),
        web.get("/sandbox/static/{name}", static),
        web.get("/sandbox/state", state),
        web.get("/sandbox/events", events),
        web.post("/sandbox/say", say),
        web.post("/sandbox/press", press),
        web.post("/sandbox/clock", clock),
        web.get("/sandbox/files/{platform}/{message}", file),
        web.get("/sandbox/pictures/{platform}/{message}", picture),
    ]
