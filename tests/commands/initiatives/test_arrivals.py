"""The bot is added to a chat, or removed from it."""

from dataclasses import replace

import pytest
from sqlmodel import Session, select

from commands.command import Arrival
from commands.initiatives.handlers import SUBJECT
from commands.notify import Channels, Notices
from connectors import chat
from connectors.chat import ConversationKind, Incoming, IncomingKind
from storage.clock import Moment
from storage.models import Address, Conversation, OutboxEntry, Person
from storage.queries import conversations
from storage.queries import people as people_queries
from tests.factories import at
from tests.stage import BOT_NAMES, Stage

NOW = at(11, 23, 10)


def happens(
    session: Session,
    kind: IncomingKind,
    place: chat.Conversation,
    *keys: tuple[str, str],
    foreign: bool = False,
) -> tuple[Conversation, list[str]]:
    """The chat's row afterwards, and what was written because of it."""
    sender = chat.Account(tuple(chat.AccountKey(*key) for key in keys), foreign=foreign)
    incoming = Incoming("wecom", f"e:{kind}", kind, place, sender, NOW)
    row = conversations.enter(session, incoming)
    known = people_queries.person_of(session, "wecom", keys, foreign=foreign)
    moment = Moment(NOW, NOW)
    notices = Notices(
        session, Channels(b"k" * 32, {"wecom": "wecom"}, names=BOT_NAMES), moment, f"wecom:{row.last_no}"
    )
    before = set(session.exec(select(OutboxEntry.id)))
    SUBJECT.arrivals[kind](Arrival(session, incoming, row, known, notices, moment))
    notices.flush()
    written = session.exec(select(OutboxEntry).order_by(OutboxEntry.id)).all()  # type: ignore[arg-type]
    bodies = [chat.as_text(chat.load_message(entry.body)) for entry in written if entry.id not in before]
    return row, bodies


def group_of(stage: Stage) -> chat.Conversation:
    place = stage.groups["wecom"]
    assert isinstance(place, Conversation)
    return chat.Conversation(ConversationKind.GROUP, place.platform_id, place.title)


def test_a_group_is_greeted_with_what_to_say_first(session: Session, people: dict[str, Person]) -> None:
    place = chat.Conversation(ConversationKind.GROUP, "wr-new", "新群")
    _, said = happens(session, IncomingKind.BOT_JOINED, place)
    assert len(said) == 1
    assert said[0].startswith("大家好，我是协作助手。")
    assert "@协作助手 说：本群用于（专项名）" in said[0]


@pytest.mark.parametrize(("user", "words"), [("wanglei", "说“帮助”"), ("stranger", "还不知道您是哪位")])
def test_a_direct_chat_is_greeted_once(
    session: Session, people: dict[str, Person], user: str, words: str
) -> None:
    place = chat.Conversation(ConversationKind.DIRECT, user)
    _, said = happens(session, IncomingKind.BOT_JOINED, place, ("userid", user))
    assert len(said) == 1
    assert words in said[0]
    _, again = happens(session, IncomingKind.BOT_JOINED, place, ("userid", user))
    assert again == []


def test_nobody_of_another_tenant_is_greeted(session: Session, people: dict[str, Person]) -> None:
    place = chat.Conversation(ConversationKind.DIRECT, "guest")
    _, said = happens(session, IncomingKind.BOT_JOINED, place, ("userid", "guest"), foreign=True)
    assert said == []


def test_a_group_that_removed_the_bot_is_closed_and_the_office_hears_of_it(grouped: Stage) -> None:
    place, said = happens(grouped.session, IncomingKind.BOT_LEFT, group_of(grouped))
    assert place.closed_at == NOW
    assert said == ["我已经不在群“垃圾分类·城管”里，“垃圾分类”的事项不再发到那里。需要时请把我加回去。"]
    address = grouped.session.exec(select(Address).where(Address.conversation_id == place.id)).one()
    grouped.session.refresh(address)
    assert address.dead_reason == "bot removed"
    assert "将发 10 条：2 个群" in grouped.say("陈立", "预览")[0].text


def test_a_group_that_takes_the_bot_back_hears_again(grouped: Stage) -> None:
    happens(grouped.session, IncomingKind.BOT_LEFT, group_of(grouped))
    place, _ = happens(grouped.session, IncomingKind.BOT_JOINED, group_of(grouped))
    assert place.closed_at is None
    address = grouped.session.exec(select(Address).where(Address.conversation_id == place.id)).one()
    grouped.session.refresh(address)
    assert address.dead_reason is None
    assert "将发 11 条：3 个群" in grouped.say("陈立", "预览")[0].text


def test_an_event_without_a_chat_changes_nothing(session: Session, people: dict[str, Person]) -> None:
    place = chat.Conversation(ConversationKind.GROUP, "wr-1")
    incoming = Incoming("wecom", "e:1", IncomingKind.BOT_LEFT, place, chat.Account(), NOW)
    notices = Notices(session, Channels(b"k" * 32, {}), Moment(NOW, NOW), "wecom:1")
    for kind, happen in SUBJECT.arrivals.items():
        nowhere = replace(incoming, kind=kind, conversation=None)
        happen(Arrival(session, nowhere, None, None, notices, Moment(NOW, NOW)))
    notices.flush()
    assert session.exec(select(OutboxEntry)).all() == []
