"""The event push of the DingTalk stand-in: encrypted, repeated until it is answered with ``success``."""

import asyncio
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any

from connectors.chat import ConversationKind
from connectors.sandbox.dingtalk_wire import EventCodec
from connectors.sandbox.dingtalk_world import PLATFORM, World, union_id
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import Delivery, EntryKind
from connectors.sandbox.webhooks import Deliver, WebhookCall


class EventPush:
    """``failed``: events given up, as the platform's list of them would tell."""

    def __init__(
        self,
        deliver: Deliver,
        world: World,
        codec: EventCodec | None,
        *,
        corp_id: str,
        retries: tuple[float, ...],
    ) -> None:
        self._deliver = deliver
        self._world = world
        self._codec = codec
        self._corp_id = corp_id
        self._retries = retries
        self.failed: list[dict[str, Any]] = []

    async def check_url(self) -> bool:
        """Whether the console would take the bot's address."""
        return (await self._once({"EventType": "check_url"}))[1]

    async def leave(self, *user_keys: str) -> Delivery:
        """These people leave the organisation."""
        for key in user_keys:
            self._world.users.pop(key, None)
        return await self.push("user_leave_org", userId=list(user_keys), timeStamp=str(_now_ms()))

    async def disband(self, chat_id: str, operator: str) -> Delivery:
        """A group is dissolved by one of its members."""
        self._world.chats.pop(chat_id)
        self._world.journal.add(
            PLATFORM, EntryKind.SYSTEM, (ConversationKind.GROUP, chat_id), operator, text="群已解散"
        )
        ids = {"operator": operator, "operatorUnionId": union_id(operator)}
        return await self.push("chat_disband", openConversationId=chat_id, timeStamp=_now_ms(), **ids)

    async def push(self, kind: str, **members: Any) -> Delivery:
        """One event, repeated after each of ``retries`` until it is answered rightly."""
        event = {
            "EventType": kind,
            "EventTime": _now_ms(),
            "CorpId": self._corp_id,
            "eventId": "evt" + secrets.token_hex(12),
            **members,
        }
        fault = self._world.faults.take("webhook")
        waits: Sequence[float] = (0.0, *self._retries)
        status = 0
        for attempt, wait in enumerate(waits, 1):
            await asyncio.sleep(wait)
            status, good = await self._once(event)
            if good and fault is not None and fault.kind is FaultKind.DUPLICATE:
                status, good = await self._once(event)
                attempt += 1
            if good:
                return Delivery(status, attempts=attempt)
        self.failed.append(event)
        return Delivery(status, attempts=len(waits))

    async def _once(self, event: dict[str, Any]) -> tuple[int, bool]:
        if self._codec is None:
            raise RuntimeError("this stand-in has no aes_key: it pushes no events")
        encrypt = self._codec.seal(event)
        timestamp, nonce = str(_now_ms()), secrets.token_hex(4)
        query = {
            "msg_signature": self._codec.sign(timestamp, nonce, encrypt),
            "timestamp": timestamp,
            "nonce": nonce,
        }
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"encrypt": encrypt}).encode()
        answer = await self._deliver(WebhookCall(body, "event", query=query, headers=headers))
        return answer.status, answer.status == 200 and self._codec.is_success(answer.body)


def _now_ms() -> int:
    return int(time.time() * 1000)
