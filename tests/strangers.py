"""Accounts that belong to nobody speak through the real door; what becomes of it comes out."""

from collections.abc import Sequence
from uuid import uuid4

from sqlmodel import Session, col, select

from commands.command import Subject
from connectors import chat
from connectors.chat import Conversation, ConversationKind, Incoming, IncomingKind
from storage.models import Account, Address, OutboxEntry, SentCard
from tests.factories import Case, at
from tests.stage import Stage


class Door(Stage):
    """A stage on which strangers speak as well: ``from_account`` in WeCom by user id."""

    def __init__(self, session: Session, case: Case, *subjects: Subject) -> None:
        super().__init__(session, *subjects, people=case.people, groups=case.groups, now=at(11, 20, 11))

    def from_account(self, userid: str, text: str, *, group: bool = False) -> list[str]:
        """What this account reads because of it."""
        chat_id = "wecom-group" if group else userid
        kind = ConversationKind.GROUP if group else ConversationKind.DIRECT
        incoming = Incoming(
            binding="wecom",
            message_key=uuid4().hex,
            kind=IncomingKind.MESSAGE,
            conversation=Conversation(kind, chat_id),
            sender=chat.Account(keys=(chat.AccountKey("userid", userid),), name="随便起的名字"),
            at=self.now,
            text=text,
        )
        last = max(self.session.exec(select(OutboxEntry.id)), default=0)
        self._run(incoming)
        return [text for target, text in self._texts(last) if target == userid]

    def read_by(self, name: str) -> list[str]:
        """Everything for this person so far, oldest first."""
        query = select(OutboxEntry.body).where(OutboxEntry.person_id == self.people[name].id)
        return [_as_text(body) for body in self.session.exec(query.order_by(col(OutboxEntry.id)))]

    def place_of(self, card: SentCard) -> str:
        return self.session.get_one(Address, card.address_id).target

    def account_of(self, name: str) -> str:
        query = select(Account.direct_target).where(
            Account.person_id == self.people[name].id, col(Account.closed_at).is_(None)
        )
        return self.session.exec(query).first() or ""

    def _texts(self, last: int) -> Sequence[tuple[str, str]]:
        query = (
            select(Address.target, OutboxEntry.body)
            .join(OutboxEntry, col(OutboxEntry.address_id) == col(Address.id))
            .where(col(OutboxEntry.id) > last)
            .order_by(col(OutboxEntry.id))
        )
        return [(target, _as_text(body)) for target, body in self.session.exec(query)]


def _as_text(body: str) -> str:
    return chat.as_text(chat.load_message(body))
