"""One call of Feishu's API through ``lark-oapi``, off the event loop.

Only the SDK's transport is used, as ``lark_oapi.core``: importing the package itself would load
11,000 modules (5 to 8 s, 160 MiB); this part is 500 modules (0.4 s, 33 MiB), loaded at the first call.
Its ``a…`` methods block the loop and its own token cache has no single flight, so a call runs in a
thread, with a token we give.
"""

import asyncio
import importlib
import importlib.util
import logging
import ssl
import sys
import threading
import types
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.errors import SendDeferred, SendError, SendUnknown

CALL_SECONDS = 10.0  #: for one call, from its start to the last byte of the answer
CONNECT_SECONDS = 3.0
_THREADS = 16
_loading = threading.Lock()
_loaded: list[Any] = []  #: the parts of the SDK we use, once they are loaded


@dataclass(frozen=True, slots=True)
class Upload:
    """The file part of a multipart body; ``part`` is its field."""

    part: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """``path`` has ``:name`` where ``paths`` fills in; ``upload`` makes ``body`` a multipart form."""

    method: Literal["GET", "POST", "PATCH"]
    path: str
    paths: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; ``headers`` with lower-case names."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Api:
    """``seconds`` bounds each call."""

    def __init__(self, base_url: str, *, seconds: float = CALL_SECONDS) -> None:
        self._base_url = base_url
        self._seconds = seconds
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="feishu")

    async def load(self) -> None:
        """Import the SDK, so that no call has to wait for it."""
        if not _loaded:
            await asyncio.get_running_loop().run_in_executor(self._pool, _load)

    async def call(self, call: Call, token: str) -> Reply:
        """
        Raises:
            SendDeferred: nothing was written to the platform.
            SendUnknown: it may have been, and no answer came in time.
        """
        await self.load()
        running = self._pool.submit(self._execute, call, token)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            if running.cancelled():  # it never got a thread
                raise SendDeferred("no_thread", retry_after=1.0) from None
            raise SendUnknown("timeout") from None

    def _execute(self, call: Call, token: str) -> Reply:
        (sdk,) = _loaded
        requests = importlib.import_module("requests")
        config = sdk.model.Config()
        config.domain = self._base_url
        # For the connection and for each read; the loop gives up first, and this ends the thread.
        config.timeout = (min(CONNECT_SECONDS, self._seconds), self._seconds + 1)
        option = sdk.model.RequestOption()
        option.tenant_access_token = token
        try:
            answer = sdk.http.Transport.execute(config, _request(sdk, call), option)
        except requests.RequestException as problem:
            raise _classify(problem) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status_code, headers, answer.content)

    def close(self) -> None:
        """Calls that run end by their own time-out."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _request(sdk: Any, call: Call) -> Any:
    request = sdk.model.BaseRequest()
    request.http_method = sdk.enum.HttpMethod[call.method]
    request.uri = call.path
    request.paths = dict(call.paths)
    request.queries = list(call.query.items())
    request.token_types = {sdk.enum.AccessTokenType.TENANT}
    if call.upload is not None:
        part = (call.upload.name, call.upload.content, "application/octet-stream")
        toolbelt = importlib.import_module("requests_toolbelt")
        request.body = toolbelt.MultipartEncoder({**(call.body or {}), call.upload.part: part})
        request.headers = {"Content-Type": request.body.content_type}
    elif call.body is not None:
        request.body = dict(call.body)
        request.headers = {"Content-Type": "application/json; charset=utf-8"}
    return request


def _classify(problem: Exception) -> SendError:
    """Whether a failed request can have reached the platform.

    Only a connection that was never made (refused, no such name, certificate, proxy) is certain.
    """
    urllib3, requests = importlib.import_module("urllib3.exceptions"), importlib.import_module("requests")
    never_written = (
        urllib3.NewConnectionError,  # refused, and names that do not resolve
        urllib3.ConnectTimeoutError,
        urllib3.ProxyError,
        ssl.SSLCertVerificationError,
        requests.exceptions.InvalidURL,
    )
    cause: object = problem
    for _ in range(6):  # requests > MaxRetryError > reason > the socket's own
        if isinstance(cause, never_written):
            return SendDeferred("unreachable", retry_after=5.0)
        inner = getattr(cause, "reason", None) or next(iter(getattr(cause, "args", ())), None)
        if not isinstance(inner, BaseException):
            break
        cause = inner
    return SendUnknown("no_answer")


def _load() -> None:
    """Load ``http``, ``model`` and ``enum`` of the SDK's core, once in a process."""
    with _loading:
        if _loaded:
            return
        if "lark_oapi" not in sys.modules:
            spec = importlib.util.find_spec("lark_oapi")
            if spec is None or spec.submodule_search_locations is None:
                raise ImportError("lark-oapi is not installed")
            package = types.ModuleType("lark_oapi")  # stands in for its __init__, which imports everything
            package.__path__ = list(spec.submodule_search_locations)
            sys.modules["lark_oapi"] = package
        parts = {
            name: importlib.import_module(f"lark_oapi.core.{name}") for name in ("http", "model", "enum")
        }
        logging.getLogger("Lark").handlers.clear()  # it writes to standard output
        _loaded.append(types.SimpleNamespace(**parts))
