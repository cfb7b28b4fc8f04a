"""A stage for whole conversations: people speak and press, and what everybody then reads comes out.

Sentences go through the real door (``commands.dispatch``) and the real outbox; only platforms are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, select

from commands.command import Catalogue, Subject, World
from commands.decisions.handlers import SUBJECT as DECISIONS
from commands.dispatch import Dispatcher
from commands.drafts.handlers import SUBJECT as DRAFTS
from commands.errors import CommandError
from commands.help.handlers import SUBJECT as HELP
from commands.notify import Channels
from commands.undo.handlers import SUBJECT as UNDO
from connectors import chat
from connectors.chat import (
    Action,
    Card,
    Conversation,
    ConversationKind,
    File,
    Incoming,
    IncomingKind,
    Message,
    Text,
)
from storage.clock import Moment
from storage.models import Account, AccountKey, Address, OutboxEntry, Person, SentCard
from tests.factories import NOW

BINDINGS = ("dingtalk", "wecom", "feishu")
BOT_NAMES = {"dingtalk": "督办助手", "wecom": "协作助手", "feishu": "督办助手"}


@dataclass(frozen=True, slots=True)
class Sent:
    """``to``: the person's name, or binding and ``#`` for a group. ``redrawn``: an old card's new face."""

    to: str
    message: Message
    card: str = ""
    redrawn: bool = False

    @property
    def text(self) -> str:
        return chat.as_text(self.message)

    @property
    def title(self) -> str:
        return self.message.title if isinstance(self.message, Card) else ""

    def row(self, key: str) -> str:
        """The value of a card's row.

        Raises:
            KeyError: no such row.
        """
        rows = {r.key: r.value for r in self.message.rows} if isinstance(self.message, Card) else {}
        return rows[key]


Held = tuple[SentCard, chat.Button]


class Stage:
    """One session, one clock; ``people`` by name, ``groups`` by binding."""

    def __init__(
        self,
        session: Session,
        *subjects: Subject,
        people: Mapping[str, Person],
        groups: Mapping[str, object],
        now: datetime = NOW,
    ) -> None:
        self.session = session
        self.now = now
        self.people = people
        self.groups = groups
        channels = Channels(key=b"k" * 32, apps={name: name for name in BINDINGS}, names=BOT_NAMES)
        catalogue = Catalogue((*subjects, DECISIONS, DRAFTS, UNDO, HELP))
        self._door = Dispatcher(World(channels, catalogue))

    def say(
        self,
        name: str,
        text: str = "",
        *,
        files: Sequence[str] = (),
        group: str = "",
        account: int = 0,
        answering: str = "",
    ) -> list[Sent]:
        """What everybody reads because of it. ``group``: the binding whose group it is said in;
        ``account``: which of the person's accounts speaks; ``answering``: the platform's name of the
        message it replies to."""
        sent = tuple(File(name=file, handle=f"handle-{file}") for file in files)
        quoted = chat.Quoted(answering) if answering else None
        return self._happen(name, group, account, IncomingKind.MESSAGE, text=text, files=sent, quoted=quoted)

    def press(self, name: str, label: str, *, title: str = "", account: int = 0) -> list[Sent]:
        """Press the newest button ``label`` sent to ``name``, on a card that says ``title``, in their
        direct chat.

        Raises:
            LookupError: nobody sent such a button, or its card was settled.
        """
        return self.press_held(name, self.button(name, label, title=title), account=account)

    def press_held(self, name: str, held: Held, *, account: int = 0) -> list[Sent]:
        """Press a button as it once was, whosever it is: late, twice, or forwarded."""
        row, button = held
        action = Action(sentence=button.sentence, card=row.id, no=row.no)
        return self._happen(name, "", account, IncomingKind.ACTION, action=action)

    def button(self, name: str, label: str, *, title: str = "") -> Held:
        """The sent card and its button; see ``press``."""
        query = select(SentCard).where(SentCard.person_id == self.people[name].id)
        newest = {row.card_id: row.id for row in self.session.exec(select(OutboxEntry)) if row.card_id}
        cards = sorted(self.session.exec(query), key=lambda row: -newest.get(row.id, 0))
        for row in cards:
            shown = chat.load_message(row.card)
            if not isinstance(shown, Card | Text) or (title and title not in chat.as_text(shown)):
                continue
            for button in shown.buttons:
                if button.label == label:
                    return row, button
        raise LookupError(f"{name} has no button {label}")

    def later(self, **passed: float) -> None:
        """Move the clock on, as ``timedelta`` counts."""
        self.now += timedelta(**passed)

    def _happen(
        self,
        name: str,
        group: str,
        account: int,
        kind: IncomingKind,
        *,
        text: str = "",
        files: tuple[File, ...] = (),
        action: Action | None = None,
        quoted: chat.Quoted | None = None,
    ) -> list[Sent]:
        own = self._account(name, account)
        place = self.groups[group] if group else None
        where = (
            Conversation(ConversationKind.GROUP, place.platform_id, place.title)  # type: ignore[attr-defined]
            if place is not None
            else Conversation(ConversationKind.DIRECT, own.direct_target)
        )
        incoming = Incoming(
            binding=group or own.binding,
            message_key=uuid4().hex,
            kind=kind,
            conversation=where,
            sender=chat.Account(keys=self._keys(own)),
            at=self.now,
            text=text,
            files=files,
            action=action,
            quoted=quoted,
        )
        last = max(self.session.exec(select(OutboxEntry.id)), default=0)
        self._run(incoming)
        return self._since(last)

    def _run(self, incoming: Incoming) -> None:
        moment = Moment(business=self.now, system=self.now)
        self.session.flush()
        savepoint = self.session.begin_nested()
        try:
            self._door.dispatch(self.session, incoming, moment)
        except CommandError as refusal:
            savepoint.rollback()
            self._door.refuse(self.session, incoming, refusal, moment)
        else:
            savepoint.commit()
        self.session.flush()

    def _account(self, name: str, which: int) -> Account:
        query = select(Account).where(Account.person_id == self.people[name].id).order_by(col(Account.id))
        return self.session.exec(query).all()[which]

    def _keys(self, account: Account) -> tuple[chat.AccountKey, ...]:
        query = select(AccountKey).where(AccountKey.account_id == account.id)
        return tuple(chat.AccountKey(key.kind, key.value) for key in self.session.exec(query))

    def _since(self, last: int) -> list[Sent]:
        query = (
            select(OutboxEntry, Address)
            .join(Address, col(Address.id) == col(OutboxEntry.address_id))
            .where(col(OutboxEntry.id) > last)
            .order_by(col(OutboxEntry.id))
        )
        return [self._sent(row, address) for row, address in self.session.exec(query)]

    def _sent(self, row: OutboxEntry, address: Address) -> Sent:
        if address.kind == ConversationKind.GROUP:
            to = f"{address.binding}#"
        else:
            query = select(Account).where(Account.direct_target == address.target)
            account = self.session.exec(query).first()
            to = next((n for n, p in self.people.items() if account and p.id == account.person_id), "")
        return Sent(to, chat.load_message(row.body), row.card_id or "", row.replaces is not None)


def to(sent: Sequence[Sent], name: str) -> list[Sent]:
    """What ``name`` reads of it; redrawn cards apart."""
    return [message for message in sent if message.to == name and not message.redrawn]


def only(sent: Sequence[Sent], name: str) -> Sent:
    """The one message ``name`` reads.

    Raises:
        AssertionError: there is none, or more than one.
    """
    found = to(sent, name)
    assert len(found) == 1, f"{name}: {[s.text for s in found]} of {[(s.to, s.text) for s in sent]}"
    return found[0]
