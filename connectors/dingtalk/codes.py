"""What the platform's refusals mean for a message.

Sources: ``how-to-process-api-throttling-on-the-dingtalk-server`` and the error tables of each call.
Names are compared without case, because the platform's own spelling varies; the longest prefix wins.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from connectors.errors import CredentialError, SendDeferred, SendError, SendRefused, SendUnknown


class Meaning(StrEnum):
    WAIT = "wait"  #: this address waits
    WAIT_APP = "wait_app"  #: every message of the app waits
    TOKEN = "token"  # noqa: S105 #: refresh the access token once, repeat once
    APP = "app"  #: the app is refused: secret, permission, exit address, monthly quota
    GONE = "gone"  #: this address cannot be reached any more
    REFUSED = "refused"  #: this message never goes through
    UNCLEAR = "unclear"  #: it may have gone through


@dataclass(frozen=True, slots=True)
class Rule:
    meaning: Meaning
    wait: float = 0.0  #: seconds


NAMES: dict[str, Rule] = {
    "forbidden.accessdenied.qpslimitforappkeyandapi": Rule(Meaning.WAIT_APP, 1),
    "forbidden.accessdenied.qpslimitforapi": Rule(Meaning.WAIT_APP, 10),
    "forbidden.accessdenied.qpmlimitforappkeyandapi": Rule(Meaning.WAIT_APP, 60),
    "forbidden.accessdenied.apicountlimitfororg": Rule(Meaning.APP),
    "forbidden.accessdenied.accesstokenpermissiondenied": Rule(Meaning.APP),
    "forbidden.accessdenied.ipnotinwhitelist": Rule(Meaning.APP),
    "forbidden.accessdenied": Rule(Meaning.APP),
    "send.too.fast": Rule(Meaning.WAIT, 2),
    "send.bytoken.toofast": Rule(Meaning.WAIT, 2),
    "too.many.group": Rule(Meaning.WAIT, 2),
    "too.many.people": Rule(Meaning.WAIT, 2),
    "invalidauthentication": Rule(Meaning.TOKEN),
    "invalidclientidorsecret": Rule(Meaning.APP),
    "system.error": Rule(Meaning.UNCLEAR),
    "system.busy": Rule(Meaning.UNCLEAR),
    "invalid.openconversationid": Rule(Meaning.GONE),
    "group.disbanded": Rule(Meaning.GONE),
    "bot.stopped": Rule(Meaning.GONE),
    "resource.not.found": Rule(Meaning.GONE),
    "conversation.org.notmatch": Rule(Meaning.GONE),
    "invalidparameter.robotcode": Rule(Meaning.GONE),
    "invalidparameter.robotcode.downloadcode": Rule(Meaning.REFUSED),
    "invalidparameter.robotcode.auth": Rule(Meaning.REFUSED),
    "param.useridnotexist": Rule(Meaning.GONE),
    "invalidparameter": Rule(Meaning.REFUSED),
    "miss.param": Rule(Meaning.REFUSED),
    "template": Rule(Meaning.REFUSED),
    "contain.notallowed": Rule(Meaning.REFUSED),
    "contain.unsafe.url": Rule(Meaning.REFUSED),
    "param": Rule(Meaning.REFUSED),
    "chatbotid.notallow.sendoto": Rule(Meaning.REFUSED),
    "robot.oto.notexist": Rule(Meaning.REFUSED),
}

NUMBERS: dict[str, Rule] = {
    "90018": Rule(Meaning.WAIT_APP, 1),
    "90002": Rule(Meaning.WAIT_APP, 10),
    "90005": Rule(Meaning.WAIT_APP, 60),
    "90006": Rule(Meaning.WAIT_APP, 60),
    "90019": Rule(Meaning.WAIT_APP, 60),
    "90020": Rule(Meaning.APP),
    "40014": Rule(Meaning.TOKEN),
    "42001": Rule(Meaning.TOKEN),
    "40001": Rule(Meaning.TOKEN),
    "33001": Rule(Meaning.TOKEN),
    "60011": Rule(Meaning.APP),
    "60020": Rule(Meaning.APP),
    "-1": Rule(Meaning.UNCLEAR),
    "15": Rule(Meaning.UNCLEAR),
}

_BLOCKED = Rule(Meaning.WAIT_APP, 300)  #: more than 10 000 calls in 20 s from this address
_BLOCK_PAGE = re.compile(rb"punish|1111")
_HELD_BACK = Rule(Meaning.WAIT_APP, 60)  #: HTTP 429, without a name


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call answered: ``body`` when it went well, else ``code`` with its ``rule``."""

    body: dict[str, Any]
    rule: Rule | None = None
    code: str = ""
    detail: str = ""

    def failure(self) -> SendError | None:
        """What this means to the message; None when the call went well."""
        if self.rule is None:
            return None
        match self.rule.meaning:
            case Meaning.WAIT | Meaning.WAIT_APP:
                whole_app = self.rule.meaning is Meaning.WAIT_APP
                return SendDeferred(self.code, self.detail, retry_after=self.rule.wait, whole_app=whole_app)
            case Meaning.APP | Meaning.TOKEN:
                return CredentialError(self.code, self.detail)
            case Meaning.GONE:
                return SendRefused(self.code, self.detail, dead_address=True)
            case Meaning.UNCLEAR:
                return SendUnknown(self.code, self.detail)
        return SendRefused(self.code, self.detail)


def read(status: int, content: bytes) -> Reply:
    """An HTTP answer of either generation of the platform's interface."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return _unreadable(status, content)
    if not isinstance(body, dict):
        return Reply({}, Rule(Meaning.UNCLEAR), "unreadable")
    if str(body.get("status")) == "1111":
        return Reply({}, _BLOCKED, "1111")
    if str(body.get("errcode", "0")) != "0":
        return _numbered(body)
    if status == 200 and not (isinstance(body.get("code"), str) and "message" in body):
        return Reply(body)
    return _named(status, body)


def _unreadable(status: int, content: bytes) -> Reply:
    """The block by address may be a page; any other page, a proxy's for instance, tells nothing."""
    if status < 500 and content.lstrip()[:1] == b"<" and _BLOCK_PAGE.search(content):
        return Reply({}, _BLOCKED, "1111")
    return _by_status(status, "")


def _numbered(body: dict[str, Any]) -> Reply:
    code = str(body["errcode"])
    sub_code = str(body.get("sub_code") or "")
    if code == "88":
        rule = Rule(Meaning.APP if sub_code else Meaning.UNCLEAR)
        return Reply({}, rule, f"88 {sub_code}".strip(), str(body.get("sub_msg") or ""))
    rule = NUMBERS.get(code, Rule(Meaning.REFUSED))
    return Reply({}, rule, code, str(body.get("errmsg") or "")[:200])


def _named(status: int, body: dict[str, Any]) -> Reply:
    code = str(body.get("code") or "")
    denied = body.get("accessdenieddetail")
    scopes = denied.get("requiredScopes") if isinstance(denied, dict) else None
    if isinstance(scopes, list):
        detail = "缺少权限：" + "、".join(str(scope) for scope in scopes)
    else:
        detail = str(body.get("message") or "")
    by_name = _longest_prefix(code.lower())
    if by_name is None or (status == 401 and by_name.meaning is not Meaning.TOKEN):
        return _by_status(status, code, detail[:200])
    return Reply({}, by_name, code, detail[:200])


def _longest_prefix(code: str) -> Rule | None:
    parts = code.split(".")
    for length in range(len(parts), 0, -1):
        rule = NAMES.get(".".join(parts[:length]))
        if rule is not None:
            return rule
    return None


def _by_status(status: int, code: str, detail: str = "") -> Reply:
    code = code or f"http_{status}"
    if status == 401:
        return Reply({}, Rule(Meaning.TOKEN), code, detail)
    if status == 429:
        return Reply({}, _HELD_BACK, code, detail)
    if 400 <= status < 500 and status != 408:
        return Reply({}, Rule(Meaning.REFUSED), code, detail)
    return Reply({}, Rule(Meaning.UNCLEAR), code, detail)
