"""Recorded WeCom callbacks, for ``chengquan replay``: one case of a vector file → a ``Recording``.

The cases have no clock of their own: the request's timestamp is taken for it.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr

from connectors.connector import WebhookRequest
from connectors.errors import ConfigurationError
from connectors.recording import Recording
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import WeComConnector, build
from connectors.wecom.settings import WeComSettings

_FIXED = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
_UNUSED = SecretStr("unused")  # replay sends nothing


def read(case: dict[str, Any]) -> Recording | None:
    """The recorded request of ``case``; None if it records none."""
    if "request" not in case:
        return None
    recorded = case["request"]
    query = dict(parse_qsl(recorded.get("query_string") or "", keep_blank_values=True))
    request = WebhookRequest(
        method=recorded["method"],
        endpoint=case["channel"],
        query=query,
        headers={name.lower(): value for name, value in (recorded.get("headers") or {}).items()},
        body=_body(case, recorded),
    )
    name = str(case.get("id") or case["name"])
    now = _clock(query.get("timestamp", ""))
    try:
        return Recording(name, request, now, _connector(case["channel"], case["keys"]))
    except ConfigurationError:
        return Recording(name, request, now, None, "bad_keys")


def _body(case: dict[str, Any], recorded: dict[str, Any]) -> bytes:
    """The raw body; of a large one, the parts that are joined."""
    if recorded.get("body") is not None:
        return str(recorded["body"]).encode()
    parts = recorded.get("body_parts") or case.get("body_parts") or ()
    return "".join(part.get("text") or part["repeat"] * part["times"] for part in parts).encode()


def _clock(timestamp: str) -> datetime:
    if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11:
        return datetime.fromtimestamp(int(timestamp), UTC)
    return _FIXED


def _connector(channel: str, keys: dict[str, str]) -> WeComConnector:
    token, key = SecretStr(keys["token"]), SecretStr(keys["encoding_aes_key"])
    names = keys.get("bot_name") or "督办助手|协作助手"
    if channel == "aibot":
        settings = WeComSettings(aibot_token=token, aibot_encoding_aes_key=key, bot_name=names)
    else:
        settings = WeComSettings(
            corp_id=keys["receive_id"],
            agent_id=1,
            secret=_UNUSED,
            token=token,
            encoding_aes_key=key,
            bot_name=names,
        )
    return build(settings, tokens=MemoryTokenStore())
