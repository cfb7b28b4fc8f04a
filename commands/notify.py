"""The only way out: who is told what, collected during an operation and written at its end.

Collected, because rows are written in one order (outbox rows sorted by their key, after everything
else): two transactions that tell the same people would otherwise wait for each other in a circle.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlmodel import Session, col, select

from connectors import chat
from connectors.chat import Card, ConversationKind, Incoming, Message, ReplyHandle, Text
from storage import outbox
from storage.clock import Moment
from storage.dialects import core, table
from storage.models import Account, Address, Conversation, SentCard
from storage.prepared import Prepared, given
from storage.queries.joining import waiting_cards
from storage.queries.people import SENDABLE

LANE_ANSWER, LANE_REMINDER, LANE_BULK = 0, 1, 2
_CARDS = table("sent_card")
_NEW_CARD = Prepared(_CARDS.insert().values(given(_CARDS)))
_FEW = 4  #: people whose addresses are looked up, and cards that are written, one by one


@dataclass(frozen=True, slots=True)
class Channels:
    """What notices need to know of the bindings. ``apps``: binding → rate and quota domain.

    ``key``: the installation's secret for idempotency keys. ``redraws``: bindings whose answer to a
    click redraws the pressed card, so that no update needs to be sent after it. ``names``: binding →
    what people mention the bot by.
    """

    key: bytes = field(repr=False)
    apps: Mapping[str, str]
    redraws: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Notice:
    message: Message
    key: str
    subject: str
    lane: int
    on_unknown: str
    person_id: int | None = None
    conversation: Conversation | None = None
    account: tuple[str, str] | None = None  #: (binding, target) of somebody we do not know
    replaces: str | None = None
    delay: timedelta = timedelta(0)
    reply: ReplyHandle | None = None


class Notices:
    """What one event or one chunk of a job tells. ``origin`` makes its keys unique: the same origin
    with the same key is told once, however often it runs."""

    def __init__(self, session: Session, channels: Channels, moment: Moment, origin: str) -> None:
        self._session = session
        self._channels = channels
        self._moment = moment
        self._origin = origin
        self._notices: list[_Notice] = []
        self._places: Mapping[outbox.Place, int] = {}
        self._cards: list[dict[str, object]] = []  #: rows of the cards that will have been sent

    def to_person(
        self,
        person_id: int | None,
        message: Message,
        *,
        key: str,
        subject: str = "",
        lane: int = LANE_ANSWER,
        on_unknown: str = "again",
        delay: timedelta = timedelta(0),
    ) -> None:
        """Into the person's direct chat. Somebody without an account yet is kept waiting for, visibly.

        ``delay``: sent so much later (their quiet hours); until then it can be withdrawn.
        """
        if person_id is not None:
            to = f"{key}:p{person_id}"
            self._notices.append(
                _Notice(message, to, subject, lane, on_unknown, person_id=person_id, delay=delay)
            )

    def to_people(
        self, person_ids: Iterable[int | None], message: Message, *, key: str, subject: str = ""
    ) -> None:
        """Into each one's direct chat, each person once."""
        for person_id in dict.fromkeys(p for p in person_ids if p is not None):
            self.to_person(person_id, message, key=key, subject=subject)

    def to_group(
        self,
        conversation: Conversation,
        message: Message,
        *,
        key: str,
        subject: str = "",
        lane: int = LANE_ANSWER,
        on_unknown: str = "again",
        reply: ReplyHandle | None = None,
    ) -> None:
        """``reply``: how the platform lets us answer the very message this is the answer to."""
        to = f"{key}:c{conversation.id}"
        self._notices.append(
            _Notice(message, to, subject, lane, on_unknown, conversation=conversation, reply=reply)
        )

    def to_sender(self, incoming: Incoming, message: Message, *, key: str) -> None:
        """Into the direct chat of an account that may belong to nobody we know."""
        target = sendable(incoming)
        if target is not None:
            self._notices.append(_Notice(message, key, "", 0, "again", account=(incoming.binding, target)))

    def to_account(self, binding: str, target: str, message: Message, *, key: str) -> None:
        """Into the direct chat of an account that is nobody's."""
        self._notices.append(_Notice(message, f"{key}:a", "", 0, "again", account=(binding, target)))

    def moved_in(self, account: Account) -> None:
        """The person has an account now: what was kept for them is due there."""
        move_in(self._session, account, self._channels.apps.get(account.binding, ""))

    @property
    def key(self) -> bytes:
        """The installation's secret."""
        return self._channels.key

    def bot_name(self, binding: str) -> str:
        """What people of this binding's groups mention the bot by, for the sentences to type."""
        return self._channels.names.get(binding) or chat.BOT_NAME

    def redraw(self, card: SentCard, shown: Card, *, answered: bool = False) -> None:
        """The sent card reads ``shown`` from now on, where the platform can change it.

        ``answered``: the answer to the click redraws it, so nothing has to be sent.
        """
        card.card = chat.dump(shown)
        if answered:
            return
        self._notices.append(_Notice(shown, f"redraw:{card.id}", card.subject, 0, "again", replaces=card.id))

    def withdraw(self, person_id: int, subject: str) -> None:
        """The person acted: reminders on ``subject`` that have not gone out are not sent."""
        outbox.withdraw(self._session, person_id=person_id, subject=subject, now=self._moment.system)

    def flush(self) -> None:
        """Write everything into the outbox. Called once, last, by whoever opened the transaction."""
        accounts = self._accounts()
        self._session.flush()
        self._find_places(accounts)
        items = [self._outgoing(notice, accounts) for notice in self._notices]
        self._notices = []
        if self._cards:
            self._write_cards()
            self._cards = []
        if items:
            self._session.flush()
            outbox.enqueue(self._session, items, key=self._channels.key)

    def _write_cards(self) -> None:
        conn = core(self._session)
        if len(self._cards) <= _FEW:
            _NEW_CARD.each(conn, self._cards)
        else:
            conn.execute(_CARDS.insert(), self._cards)

    def _accounts(self) -> dict[int, Account]:
        people = {n.person_id for n in self._notices if n.person_id is not None}
        if not people:
            return {}
        query = (
            select(Account)
            .where(col(Account.person_id).in_(people), col(Account.closed_at).is_(None))
            .order_by(col(Account.id).desc())
        )
        return {account.person_id: account for account in self._session.exec(query)}

    def _find_places(self, accounts: Mapping[int, Account]) -> None:
        """Of many people in a few statements."""
        people = {n.person_id for n in self._notices if n.person_id is not None}
        if len(people) > _FEW:
            known = [accounts[person] for person in people if person in accounts]
            places = [self._place(account.binding, account.direct_target) for account in known]
            self._places = outbox.addresses_for(self._session, places)

    def _place(self, binding: str, target: str) -> outbox.Place:
        app = self._channels.apps.get(binding, "")
        return outbox.Place(binding, app, ConversationKind.DIRECT.value, target)

    def _outgoing(self, notice: _Notice, accounts: Mapping[int, Account]) -> outbox.Outgoing:
        address_id = self._address(notice, accounts)
        message, card_id = notice.message, None
        if notice.replaces is None and isinstance(message, Card | Text) and message.buttons:
            card_id, body = self._remember_card(message, notice, address_id)
        else:
            body = chat.dump(message)
        return outbox.Outgoing(
            address_id=address_id,
            body=body,
            dedup_key=f"{self._origin}:{notice.key}",
            lane=notice.lane,
            subject=notice.subject,
            person_id=notice.person_id,
            card_id=card_id,
            replaces=notice.replaces,
            on_unknown=notice.on_unknown,
            due_at=self._moment.system + notice.delay,
            reply=chat.dump_reply(notice.reply),
        )

    def _address(self, notice: _Notice, accounts: Mapping[int, Account]) -> int:
        if notice.replaces is not None:
            sent = self._session.get_one(SentCard, notice.replaces)
            return sent.address_id
        if notice.conversation is not None:
            place = notice.conversation
            return self._address_for(place.binding, ConversationKind(place.kind), place.platform_id, place.id)
        if notice.account is not None:
            return self._address_for(notice.account[0], ConversationKind.DIRECT, notice.account[1], None)
        account = accounts.get(notice.person_id or 0)
        if account is None:
            # No account yet: an address that leads nowhere keeps the message visible until they join.
            return self._address_for("", ConversationKind.DIRECT, f"person:{notice.person_id}", None)
        found = self._places.get(self._place(account.binding, account.direct_target))
        if found is not None:
            return found
        return self._address_for(account.binding, ConversationKind.DIRECT, account.direct_target, None)

    def _address_for(
        self, binding: str, kind: ConversationKind, target: str, conversation_id: int | None
    ) -> int:
        return outbox.address_for(
            self._session,
            binding=binding,
            app=self._channels.apps.get(binding, ""),
            kind=kind.value,
            target=target,
            conversation_id=conversation_id,
        )

    def _remember_card(self, message: Card | Text, notice: _Notice, address_id: int) -> tuple[str, str]:
        """The card's id, and the message that carries it as text."""
        card_id = secrets.token_urlsafe(12)
        shown = replace(message, id=card_id) if isinstance(message, Card) else replace(message, card=card_id)
        body = chat.dump(shown)
        self._cards.append(
            {
                "id": card_id,
                "subject": notice.subject,
                "no": message.no,
                "person_id": notice.person_id,
                "address_id": address_id,
                "card": body,
                "handle": "",
                "updatable": False,
                "created_at": self._moment.business,
            }
        )
        return card_id, body


def move_in(session: Session, account: Account, app: str) -> None:
    """Messages and cards that were kept for a person without an account go to ``account``.

    ``app`` may be empty where no connection is open; the first message of the service sets it.
    """
    home = select(Address.id).where(
        Address.binding == "",
        Address.kind == ConversationKind.DIRECT.value,
        Address.target == f"person:{account.person_id}",
    )
    old = session.exec(home).first()
    if old is None:
        return
    place = outbox.Place(account.binding, app, ConversationKind.DIRECT.value, account.direct_target)
    new = outbox.addresses_for(session, [place])[place]
    outbox.readdress(session, old, new)
    waiting_cards(session, old, new)


def sendable(incoming: Incoming) -> str | None:
    """The sender's key that a direct message can be sent to, or None."""
    keys = {key.kind: key.value for key in incoming.sender.keys}
    return next((keys[kind] for kind in SENDABLE if kind in keys), None)
