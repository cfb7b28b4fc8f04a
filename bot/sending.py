"""One call to a platform, and what its answer means for the row of the outbox."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from connectors import chat
from connectors.connector import Blobs, Connector
from connectors.errors import CredentialError, SendDeferred, SendRefused, SendUnknown
from storage import outbox_sending
from storage.outbox_claims import Claim

CALL_TIMEOUT = 10.0  #: seconds for one call
CREDENTIAL_WAIT = 300.0  #: seconds an app stands still when its platform refuses it, before the next try
MAX_DEFER = 60.0  #: seconds an address waits at most, where the platform did not say how long

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """``outcome`` for the figures; ``record`` writes it down, in a transaction of its own."""

    outcome: str
    record: Callable[[Session], object]


async def attempt(
    connector: Connector, claimed: Claim, blobs: Blobs, *, seconds: float = CALL_TIMEOUT
) -> Result:
    """Send once, with no transaction open. Never raises but for being cancelled."""
    try:
        message = chat.load_message(claimed.body)
        address = chat.Address(
            binding=claimed.binding,
            kind=chat.ConversationKind(claimed.kind),
            target=claimed.target,
            push_secret=claimed.push_secret,
        )
    except ValueError:
        return _refused(claimed, "unreadable", dead_address=False)
    try:
        async with asyncio.timeout(seconds):
            if claimed.replaces is not None:
                return await _redraw(connector, claimed, address, message)
            sent = await connector.send(
                address,
                message,
                idem_key=claimed.idem_key,
                blobs=blobs,
                reply=chat.load_reply(claimed.reply),
            )
    except SendDeferred as error:
        return _deferred(claimed, error)
    except SendRefused as error:
        return _refused(claimed, error.code, dead_address=error.dead_address)
    except CredentialError as error:
        return not_now(claimed, f"credential: {error.code}", wait=CREDENTIAL_WAIT, whole_app=True)
    except SendUnknown as error:
        return _unclear(claimed, error.code)
    except TimeoutError:
        return _unclear(claimed, "no answer in time")
    except Exception as error:
        # A fault of ours. Whether the request had been written by then, nobody knows.
        _log.exception("send.failed", row=claimed.id, app=claimed.app)
        return _unclear(claimed, type(error).__name__)
    return Result(
        "delivered",
        lambda session: outbox_sending.delivered(
            session, claimed, handle=sent.handle, updatable=sent.updatable
        ),
    )


def not_now(claimed: Claim, reason: str, *, wait: float, whole_app: bool = False) -> Result:
    """Certainly not sent; the address, or the app, waits."""
    return Result(
        "stopped" if whole_app else "deferred",
        lambda session: outbox_sending.deferred(
            session, claimed, reason=reason, wait=wait, whole_app=whole_app
        ),
    )


async def _redraw(
    connector: Connector, claimed: Claim, address: chat.Address, message: chat.Message
) -> Result:
    if not claimed.handle or not isinstance(message, chat.Card):
        return Result(
            "redrawn", lambda session: _merge_or_give_up(session, claimed, "card_cannot_be_updated")
        )
    try:
        await connector.update(claimed.handle, address, message)
    except SendRefused as error:
        code, dead = error.code, error.dead_address
        if dead:
            return _refused(claimed, code, dead_address=True)
        return Result("redrawn", lambda session: _give_up(session, claimed, code))
    return Result(
        "redrawn",
        lambda session: outbox_sending.delivered(session, claimed, handle="", updatable=True, redrawn=True),
    )


def _merge_or_give_up(session: Session, claimed: Claim, reason: str) -> bool:
    return outbox_sending.merge(session, claimed) or _give_up(session, claimed, reason)


def _give_up(session: Session, claimed: Claim, reason: str) -> bool:
    if claimed.or_send:
        return outbox_sending.send_instead(session, claimed)
    return outbox_sending.refused(session, claimed, reason=reason)


def _deferred(claimed: Claim, error: SendDeferred) -> Result:
    """Not more often than the platform asks, and less often the longer it lasts."""
    patient = min(outbox_sending.back_off(claimed.attempt) / 4, MAX_DEFER)
    return not_now(claimed, error.code, wait=max(error.retry_after, patient), whole_app=error.whole_app)


def _refused(claimed: Claim, reason: str, *, dead_address: bool) -> Result:
    return Result(
        "refused",
        lambda session: outbox_sending.refused(session, claimed, reason=reason, dead_address=dead_address),
    )


def _unclear(claimed: Claim, reason: str) -> Result:
    return Result("unclear", lambda session: outbox_sending.unclear(session, claimed, reason=reason))
