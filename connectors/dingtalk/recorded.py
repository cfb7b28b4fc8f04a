"""Recorded requests for ``chengquan replay``: a case of ``tests/vectors/dingtalk.json``, or one like it."""

import secrets
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.connector import WebhookRequest
from connectors.dingtalk import connector
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import ConfigurationError
from connectors.recording import Recording
from connectors.tokens import MemoryTokenStore

_ENDPOINTS = {"robot_message": "robot", "event": "event", "card_callback": "card"}


def read(case: dict[str, Any]) -> Recording | None:
    """None for a case that is no request to us (an answer of ours, a frame)."""
    endpoint = _ENDPOINTS.get(case.get("kind", ""))
    if endpoint is None:
        return None
    given = case["request"]
    request = WebhookRequest(
        method=given.get("method", "POST"),
        endpoint=endpoint,
        query=given.get("query") or {},
        headers={name.lower(): value for name, value in (given.get("headers") or {}).items()},
        body=(given.get("body") or "").encode("utf-8", "surrogatepass"),
    )
    try:
        built = connector.build(_settings(case.get("keys") or {}, request), tokens=MemoryTokenStore())
    except ConfigurationError:
        return Recording(case["name"], request, _now(case, request), None, "configuration")
    return Recording(case["name"], request, _now(case, request), built)


def _settings(keys: dict[str, str], request: WebhookRequest) -> DingTalkSettings:
    """The case's keys. What it leaves out is no part of it: a random secret that nothing matches,
    and the robot that the message itself names."""
    return DingTalkSettings.model_validate(
        {
            "app_key": keys.get("app_key") or "recorded",
            "app_secret": keys.get("app_secret") or secrets.token_hex(16),
            "robot_code": keys.get("robot_code") or _robot_named_in(request.body),
            "event_owner": keys.get("owner_key", ""),
            "aes_key": keys.get("aes_key", ""),
            "token": keys.get("token", ""),
            "card_secret": keys.get("api_secret", ""),
        }
    )


def _robot_named_in(body: bytes) -> str:
    try:
        named = orjson.loads(body).get("robotCode")
    except (orjson.JSONDecodeError, AttributeError):
        return ""
    return named if isinstance(named, str) else ""


def _now(case: dict[str, Any], request: WebhookRequest) -> datetime:
    """The case's clock, else the time the request was signed at, else now."""
    headers, query = request.headers, request.query
    given = case.get("now_ms") or headers.get("timestamp") or headers.get("x-ddpaas-signature-timestamp")
    text = str(given or query.get("timestamp") or query.get("timeStamp") or "")
    if not (text.isascii() and text.isdigit() and len(text) <= 13):
        return datetime.now(UTC)
    return datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), UTC)
