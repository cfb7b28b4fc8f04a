"""How fast each platform lets us send, and a claim that keeps to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from storage import outbox_claims, rates
from storage.outbox_claims import Claim, Head
from storage.rates import Limit


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast one app may send in all, and into one chat."""

    app: Limit
    chat: Limit


#: By platform, below what each allows: Feishu 1000/min and 5/s a chat (shared with other bots),
#: DingTalk 20/s an API, WeCom 20/min a group's push and 30/min a member, silently dropped beyond.
#: A platform that is not named is not held back.
RATES: Mapping[str, Rates] = {
    "feishu": Rates(app=Limit(16, 40), chat=Limit(4, 4)),
    "dingtalk": Rates(app=Limit(15, 15), chat=Limit(1, 10)),
    "wecom": Rates(app=Limit(40, 40), chat=Limit(0.2, 8)),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """No token: seconds until the app's, or the chat's, bucket may have one."""

    app: float = 0.0
    chat: float = 0.0


def claim_paced(
    session: Session,
    head: Head,
    pace: Rates | None,
    *,
    key_life: float,
    group_key_life: float,
    lease: float,
) -> Claim | Wait | None:
    """Take a token of the chat and one of the app, then claim; what is not used is given back.

    Raises:
        sqlalchemy.exc.IntegrityError: another sender took this address at the same moment.
    """
    claim = partial(
        outbox_claims.claim,
        session,
        head,
        key_life=key_life,
        group_key_life=group_key_life,
        lease=lease,
    )
    if pace is None:
        return claim()
    chat_key, app_key = f"chat:{head.address_id}", f"app:{head.app}"
    if wait := rates.take(session, chat_key, pace.chat):
        return Wait(chat=wait)
    if wait := rates.take(session, app_key, pace.app):
        rates.give_back(session, chat_key, pace.chat)
        return Wait(app=wait)
    claimed = claim()
    if claimed is None:
        rates.give_back(session, chat_key, pace.chat)
        rates.give_back(session, app_key, pace.app)
    return claimed
