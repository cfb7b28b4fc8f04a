"""What Feishu's refusals mean for a message, one table.

https://open.feishu.cn/document/ukTMukTMukTM/ugjM14COyUjL4ITN and the error lists of each API.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.errors import CredentialError, SendDeferred, SendError, SendRefused, SendUnknown
from connectors.feishu.api import Reply

TOKEN_REFUSED = frozenset({99991663, 99991664, 99991665, 99991671})
"""Token expired, invalid or malformed: worth one try with a new one."""

REPLY_GONE = frozenset({230011, 230110, 230071, 230072})
"""The message we reply to was recalled or deleted, or cannot be replied to: a plain send still can."""

_APP_REFUSED = frozenset(
    {
        99991661,  # no token in the request
        *TOKEN_REFUSED,  # for the second time
        99991672,  # scope missing; ``error.permission_violations`` names it
        99991679,  # the same, for a user's authorisation
        99991401,  # our address is not on the app's allow list
        99991403,  # monthly quota used up
        230006,  # bot ability off
        232025,
        10003,  # token: bad parameter
        10014,  # token: app disabled, or credentials refused
        20002,  # token: id and secret do not match
    }
)
_DEAD_ADDRESS = frozenset(
    {
        230002,  # bot not in the chat
        232009,  # chat dissolved
        232011,  # we are not in the chat
        230013,  # person outside the app's availability range
        230053,  # person blocks the bot
        230029,  # person resigned
    }
)
_UNCLEAR = frozenset(
    {
        2200,  # internal error
        230049,  # this very message is being sent
    }
)
_WAITS: Mapping[int, tuple[float, bool]] = {
    99991400: (5.0, True),  # app's limit; the answer's header says how long
    11232: (5.0, True),  # message service overloaded, typical at :00 and :30
    230020: (1.5, False),  # 5 a second for one person, chat or card
    232096: (5.0, False),  # platform writes nothing just now
}
_RESET = "x-ogw-ratelimit-reset"
_MAX_WAIT = 3600.0


def refusal(status: int, code: int, detail: str, headers: Mapping[str, str]) -> SendError:
    """The error for an answer whose ``code`` is not 0.

    An unlisted code of an HTTP 5xx is unclear; any other unlisted code is a refusal of the request
    as it is. ``headers``: of the answer, lower-case names.
    """
    name = str(code)
    if status == 429 or code in _WAITS:
        wait, whole_app = _WAITS.get(code, (5.0, True))
        return SendDeferred(name, detail, retry_after=_reset(headers, wait), whole_app=whole_app)
    if code in _APP_REFUSED:
        return CredentialError(name, detail)
    if code in _UNCLEAR or status >= 500:
        return SendUnknown(name, detail)
    return SendRefused(name, detail, dead_address=code in _DEAD_ADDRESS)


def unreadable(status: int, headers: Mapping[str, str]) -> SendError:
    """The error for an answer that is not the platform's JSON: of some gateway on the way.

    With 3xx and 4xx it let nothing through; with anything else it may have.
    """
    name = f"http_{status}"
    if 300 <= status < 500:
        return SendDeferred(name, "unreadable", retry_after=_reset(headers, 30.0), whole_app=True)
    return SendUnknown(name, "unreadable")


def before(error: SendError) -> SendError:
    """What ``error`` of a preparing call (token, upload) means for the message: nothing was shown yet."""
    if isinstance(error, SendUnknown):
        return SendDeferred(error.code, error.detail, retry_after=5.0)
    return error


def _reset(headers: Mapping[str, str], default: float) -> float:
    value = headers.get(_RESET, "")
    return min(float(value), _MAX_WAIT) if value.isascii() and value.isdigit() else default


def read(reply: Reply) -> Mapping[str, Any]:
    """The JSON object of an answer.

    Raises:
        SendError: see ``unreadable``.
    """
    try:
        answer = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        raise unreadable(reply.status, reply.headers) from None
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
        raise unreadable(reply.status, reply.headers)
    return answer


def of(reply: Reply, answer: Mapping[str, Any]) -> SendError:
    """The error that ``answer`` of ``reply`` is, with what the office needs to know of it."""
    return refusal(reply.status, answer["code"], _detail(answer), reply.headers)


def _detail(answer: Mapping[str, Any]) -> str:
    """The platform's words, the permissions it misses and its log id, by which its support finds a call."""
    error = answer.get("error")
    error = error if isinstance(error, dict) else {}
    violations = error.get("permission_violations")
    named = (
        [v.get("subject") for v in violations if isinstance(v, dict)] if isinstance(violations, list) else []
    )
    parts = [str(answer.get("msg", ""))[:300], *(f"scope {name}" for name in named)]
    if error.get("log_id"):
        parts.append(f"log_id {error['log_id']}")
    return " ".join(part for part in parts if part)
