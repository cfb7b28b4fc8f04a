"""``chengquan replay``: recorded webhook requests through the real connector, without a database."""

import importlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from connectors import chat
from connectors.connector import Outcome
from connectors.errors import WebhookError
from connectors.recording import Recording

PLATFORMS = ("feishu", "dingtalk", "wecom")


def platform_of(data: dict[str, Any]) -> str:
    """The platform a vector file says it is of; WeCom's files name it in their schema."""
    named = str(data.get("platform") or data.get("schema", "").partition("-")[0])
    if named not in PLATFORMS:
        raise ValueError(f"unknown platform {named!r}: name one of {', '.join(PLATFORMS)} with --platform")
    return named


def recordings(data: dict[str, Any], platform: str) -> Iterator[Recording]:
    """The cases of a vector file that are requests, in its order (``connectors/<platform>/recorded.py``)."""
    module = importlib.import_module(f"connectors.{platform}.recorded")
    cases: Iterable[dict[str, Any]] = data["cases"]
    for case in cases:
        recording: Recording | None = module.read(case)
        if recording is not None:
            yield recording


def replay(recording: Recording) -> dict[str, Any]:
    """One line of output: what the connector makes of the request."""
    if recording.connector is None:
        return _line(recording.name, "reject", recording.refusal, None, 401, b"")
    try:
        received = recording.connector.receive(recording.request, recording.now)
    except WebhookError as refused:
        return _line(recording.name, "reject", refused.reason, None, refused.status, b"")
    answer = received.answer(Outcome())
    incoming = json.loads(chat.dump(received.incoming)) if received.incoming else None
    outcome = "ignore" if received.ignored else "accept"
    return _line(recording.name, outcome, received.ignored, incoming, answer.status, answer.body)


def _line(
    name: str, outcome: str, reason: str, incoming: dict[str, Any] | None, status: int, body: bytes
) -> dict[str, Any]:
    return {
        "name": name,
        "outcome": outcome,
        "reason": reason,
        "incoming": incoming,
        "response": {"status": status, "body": body.decode("utf-8", "replace")},
    }


def run(data: dict[str, Any], platform: str | None) -> Iterator[str]:
    """JSON lines for every request in ``data``."""
    for recording in recordings(data, platform or platform_of(data)):
        yield json.dumps(replay(recording), ensure_ascii=False)
