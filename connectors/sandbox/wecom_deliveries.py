"""WeCom's callbacks: enciphered, signed, delivered over HTTP, repeated, and the replies they bring.

Source: developer.work.weixin.qq.com/document/path/90930, 90238 (app), 101033 (robot).
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from connectors.sandbox.faults import FaultKind, Faults
from connectors.sandbox.journal import Delivery
from connectors.sandbox.webhooks import Deliver, WebhookAnswer, WebhookCall
from connectors.sandbox.wecom_cipher import EndpointCipher

RETRIES = (5.0, 5.0, 5.0)  #: seconds before each repetition


class BadReply(Exception):
    """The bot's reply is not one the platform takes."""


@dataclass(slots=True)
class _Post:
    """One delivery: its nonce is what a robot's reply must carry."""

    call: WebhookCall
    nonce: str


class Deliveries:
    """Both endpoints' callbacks. ``clock`` is system time: it is signed."""

    def __init__(
        self,
        deliver: Deliver,
        app: EndpointCipher,
        robot: EndpointCipher,
        faults: Faults,
        *,
        retries: Sequence[float] = RETRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._deliver, self._app, self._robot, self._faults = deliver, app, robot, faults
        self._retries, self._clock = tuple(retries), clock

    async def verify_url(self, endpoint: str) -> bool:
        """What the console does on saving: the plain ``echostr`` must come back, and nothing else."""
        cipher = self._app if endpoint == "app" else self._robot
        secret = str(secrets.randbelow(10**19))
        echo = cipher.seal(secret)
        timestamp, nonce = str(int(self._clock())), str(secrets.randbelow(10**11))
        signature = cipher.signature(timestamp, nonce, echo)
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
        answer = await self._deliver(WebhookCall(b"", endpoint, query, method="GET"))
        return answer.status == 200 and answer.body == secret.encode()

    async def to_app(self, inner: dict[str, Any], corp_id: str) -> tuple[Delivery, Element | None]:
        """Deliver an app's message; the reply's inner XML, if there is one. Raises ``BadReply``."""
        text = xml({"ToUserName": corp_id, **inner})
        posts: list[_Post] = []

        def build() -> WebhookCall:
            encrypted = self._app.seal(text)
            body = xml(
                {"ToUserName": corp_id, "AgentID": str(inner.get("AgentID", "")), "Encrypt": encrypted}
            )
            posts.append(self._signed("app", self._app, encrypted, body.encode(), "text/xml"))
            return posts[-1].call

        answer, attempts = await self._post(build, self._retries)
        reply = self._app_reply(answer.body) if answer.status == 200 and answer.body else None
        return Delivery(answer.status, attempts=attempts), reply

    async def to_robot(
        self, message: dict[str, Any], *, once: bool = False
    ) -> tuple[Delivery, dict[str, Any] | None]:
        """Deliver a robot's message (``once``: presses are never repeated) and return the reply."""
        text = json.dumps(message, ensure_ascii=False)
        posts: list[_Post] = []

        def build() -> WebhookCall:
            encrypted = self._robot.seal(text)
            body = json.dumps({"encrypt": encrypted}).encode()
            posts.append(self._signed("aibot", self._robot, encrypted, body, "application/json"))
            return posts[-1].call

        answer, attempts = await self._post(build, () if once else self._retries)
        reply = None
        if answer.status == 200 and answer.body:
            reply = self._robot_reply(answer.body, {post.nonce for post in posts})
        return Delivery(answer.status, attempts=attempts), reply

    async def _post(
        self, build: Callable[[], WebhookCall], retries: Sequence[float]
    ) -> tuple[WebhookAnswer, int]:
        """Each delivery is enciphered anew; anything but 200 within 5 s is repeated."""
        attempts, answer = 0, WebhookAnswer(0)
        for pause in (0.0, *retries):
            await asyncio.sleep(pause)
            fault = self._faults.take("webhook")
            kind = fault.kind if fault else None
            attempts += 1
            if kind in (FaultKind.RESET_BEFORE, FaultKind.BROKEN):
                answer = WebhookAnswer(0)  # lost on the way to the bot
                continue
            if fault is not None and kind is FaultKind.DELAY:
                await asyncio.sleep(fault.seconds)
            answer = await self._deliver(build())
            if kind is FaultKind.DUPLICATE:
                answer = await self._deliver(build())
                attempts += 1
            if kind in (FaultKind.RESET_AFTER, FaultKind.GARBAGE):
                answer = WebhookAnswer(0)  # the bot's answer is lost
            if answer.status == 200:
                break
        return answer, attempts

    def _signed(
        self, endpoint: str, cipher: EndpointCipher, encrypted: str, body: bytes, content_type: str
    ) -> _Post:
        timestamp, nonce = str(int(self._clock())), str(secrets.randbelow(10**11))
        query = {
            "msg_signature": cipher.signature(timestamp, nonce, encrypted),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        return _Post(WebhookCall(body, endpoint, query, {"Content-Type": content_type}), nonce)

    def _app_reply(self, body: bytes) -> Element:
        try:
            root: Element = fromstring(body, forbid_dtd=True)
            part = {child.tag: child.text or "" for child in root}
            signature = self._app.signature(part["TimeStamp"], part["Nonce"], part["Encrypt"])
            if signature != part["MsgSignature"]:
                raise BadReply("signature")
            inner: Element = fromstring(self._app.open(part["Encrypt"]), forbid_dtd=True)
        except (ParseError, KeyError, ValueError) as error:
            raise BadReply("form") from error
        return inner

    def _robot_reply(self, body: bytes, nonces: set[str]) -> dict[str, Any]:
        try:
            part = json.loads(body)
            encrypted, timestamp = part["encrypt"], part["timestamp"]
            if not isinstance(timestamp, int) or part["nonce"] not in nonces:
                raise BadReply("nonce")
            if self._robot.signature(str(timestamp), part["nonce"], encrypted) != part["msgsignature"]:
                raise BadReply("signature")
            inner: dict[str, Any] = json.loads(self._robot.open(encrypted))
        except (KeyError, TypeError, ValueError) as error:
            raise BadReply("form") from error
        return inner


def xml(elements: dict[str, Any]) -> str:
    """Elements in the platform's way: texts in CDATA, numbers bare, dictionaries nested."""
    parts = []
    for tag, value in elements.items():
        if isinstance(value, dict):
            inner = xml(value).removeprefix("<xml>").removesuffix("</xml>")
        elif isinstance(value, int):
            inner = str(value)
        else:
            inner = f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
        parts.append(f"<{tag}>{inner}</{tag}>")
    return f"<xml>{''.join(parts)}</xml>"
