"""What every platform's connector can do. One implementation per platform folder.

``receive`` is pure: bytes in, ``Received`` out, no network, no database. Order inside it is fixed:
signature over the raw bytes → age → decryption → receiver → form → normalisation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.chat import Account, Address, Card, File, Incoming, Message, ReplyHandle
from connectors.chat import Outcome as Outcome  # part of every connector's answer


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request as it came: ``headers`` with lower-case names, ``body`` unread bytes."""

    method: str
    endpoint: str
    """The part of the path behind the binding: ``""``, ``robot``, ``event``, ``card``, ``app``, ``aibot``."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response in the platform's own form."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Received:
    """A believed request.

    ``incoming`` is None when there is nothing for us (a challenge, an event kind we do not use):
    ``ignored`` then says why, and ``answer`` is sent at once. Otherwise ``answer`` is called with
    the outcome after the commit.
    """

    incoming: Incoming | None
    answer: Callable[[Outcome], Answer]
    ignored: str = ""
    also: tuple[Incoming, ...] = ()
    """More of the same request (DingTalk: several people left at once): handled before the answer too."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took the message. ``handle`` names it for a later update or recall."""

    handle: str = ""
    updatable: bool = False


class Blobs(Protocol):
    """Reads what a ``Picture`` or ``Document`` points to."""

    async def read(self, key: str) -> bytes: ...


class Connector(Protocol):
    """One binding of one platform. All times are aware UTC; ``now`` is system time."""

    binding: str
    platform: str  #: ``feishu`` | ``dingtalk`` | ``wecom`` | ``sandbox``
    bot_name: str  #: what people of its groups mention it by
    app: str
    """The rate and quota domain of its sending identity, e.g. ``feishu:cli_…``."""
    key_life: float
    """Seconds for which a second send with the same ``idem_key`` is certainly not shown twice; 0 if never."""
    group_key_life: float
    """``key_life`` of what goes into a group, where another way of sending is used."""
    edge_timeout: float
    """Seconds in which the platform wants its answer (``T_edge``)."""
    patience: float
    """The largest accepted age of a request in seconds (window, into the past)."""

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        """Verify, decrypt, normalise.

        Raises:
            WebhookError: the request is not believed.
        """
        ...

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        idem_key: str,
        blobs: Blobs,
        reply: ReplyHandle | None = None,
    ) -> Sent:
        """Send one message; at most one network attempt that could show it.

        Raises:
            SendError: see ``connectors.errors`` for what each subclass promises.
        """
        ...

    async def update(self, handle: str, address: Address, card: Card) -> None:
        """Redraw a sent card in place. Raises ``SendError``; ``SendRefused`` where it cannot be done."""
        ...

    async def fetch(self, file: File) -> bytes:
        """The bytes of a file somebody sent: bounded to 30 MB and 30 s, hosts from the allow-list only."""
        ...

    async def resolve(self, account: Account) -> Account:
        """Fill in keys that need the network (WeCom's encrypted ids); ``account`` itself if none do."""
        ...

    async def check(self) -> list[tuple[str, bool, str]]:
        """For ``chengquan check``: ``(what, good, what to do)`` lines; never raises, never shows a secret."""
        ...

    async def close(self) -> None:
        """Close HTTP sessions."""
        ...
