"""Recorded requests of Feishu for ``chengquan replay``: keys and clock as the case gives them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.connector import Connector, WebhookRequest
from connectors.errors import ConfigurationError
from connectors.feishu.connector import build
from connectors.feishu.settings import FeishuSettings
from connectors.recording import Recording
from connectors.tokens import MemoryTokenStore


def read(case: Mapping[str, Any]) -> Recording | None:
    """A case as a request; None where it is none. ``now``: Unix seconds, else the request's own timestamp."""
    given = case.get("request")
    if not isinstance(given, dict):
        return None
    headers = {name.lower(): value for name, value in given.get("headers", {}).items()}
    request = WebhookRequest(
        method=given.get("method", "POST"),
        endpoint="",
        query=given.get("query") or {},
        headers=headers,
        body=str(given.get("body", "")).encode("utf-8", "surrogatepass"),
    )
    connector, refusal = _connector(case.get("keys", {}))
    return Recording(str(case.get("name", "")), request, _now(case, headers), connector, refusal)


def _connector(keys: Mapping[str, str]) -> tuple[Connector | None, str]:
    """An API secret plays no part in receiving: a recording has none."""
    known = {name: value for name, value in keys.items() if name in FeishuSettings.model_fields and value}
    settings = FeishuSettings.model_validate({"app_secret": "-", **known})
    try:
        return build(settings, tokens=MemoryTokenStore()), ""
    except ConfigurationError as error:
        return None, str(error)


def _now(case: Mapping[str, Any], headers: Mapping[str, str]) -> datetime:
    stamp = case.get("now") or headers.get("x-lark-request-timestamp", "")
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
