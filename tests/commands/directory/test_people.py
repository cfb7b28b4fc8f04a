"""Chats and people are found by their platform's ids."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from connectors.chat import Account as Sender
from connectors.chat import Conversation as Place
from connectors.chat import ConversationKind, Incoming, IncomingKind
from storage.models import Account, AccountKey, Conversation, Person
from storage.queries import conversations, people

NOW = datetime(2026, 11, 23, 0, 40, tzinfo=UTC)


def heard(title: str = "垃圾分类·城管") -> Incoming:
    place = Place(ConversationKind.GROUP, "wr1", title)
    return Incoming("wecom", "m:1", IncomingKind.MESSAGE, place, Sender(), NOW)


def somebody(session: Session, name: str, binding: str, *keys: tuple[str, str]) -> Person:
    person = Person(name=name)
    session.add(person)
    session.flush()
    account = Account(person_id=person.id, binding=binding, direct_target=keys[0][1])
    session.add(account)
    session.flush()
    for kind, value in keys:
        people.add_key(session, account, kind, value)
    return person


def keys_of(session: Session, person: Person) -> set[tuple[str, str]]:
    query = select(AccountKey).join(Account).where(Account.person_id == person.id)
    return {(key.kind, key.value) for key in session.exec(query)}


def test_each_event_of_a_chat_gets_the_next_number(session: Session) -> None:
    first = conversations.enter(session, heard())
    assert (first.binding, first.kind, first.platform_id, first.last_no) == ("wecom", "group", "wr1", 1)
    again = conversations.enter(session, heard())
    assert (again.id, again.last_no) == (first.id, 2)


def test_a_chat_takes_a_new_title_and_keeps_the_old_one_when_none_came(session: Session) -> None:
    conversations.enter(session, heard())
    assert conversations.enter(session, heard("")).title == "垃圾分类·城管"
    assert conversations.enter(session, heard("城管执法")).title == "城管执法"


def test_an_event_opens_a_closed_chat_again(session: Session) -> None:
    place = conversations.enter(session, heard())
    place.closed_at = NOW
    session.flush()
    conversations.enter(session, heard())
    assert session.exec(select(Conversation)).one().closed_at is None


def test_an_event_without_a_chat_enters_none(session: Session) -> None:
    with pytest.raises(ValueError, match="no conversation"):
        conversations.enter(session, replace(heard(), conversation=None))


def test_a_person_is_found_by_any_open_key_of_their_binding(session: Session) -> None:
    xu = somebody(session, "许静", "feishu", ("open_id", "ou_1"), ("union_id", "on_1"))
    assert people.person_of(session, "feishu", [("open_id", "ou_1")]) is xu
    assert people.person_of(session, "feishu", [("union_id", "on_1")]) is xu
    assert people.person_of(session, "feishu2", [("open_id", "ou_1")]) is None
    assert people.person_of(session, "feishu", [("open_id", "OU_1")]) is None
    assert people.person_of(session, "feishu", []) is None
    assert people.person_of(session, "feishu", [("open_id", "")]) is None


def test_an_account_of_another_tenant_is_nobody(session: Session) -> None:
    somebody(session, "许静", "feishu", ("open_id", "ou_1"))
    assert people.person_of(session, "feishu", [("open_id", "ou_1")], foreign=True) is None


def test_wecom_ids_ignore_case(session: Session) -> None:
    wang = somebody(session, "王磊", "wecom", ("userid", "WangLei"))
    assert people.person_of(session, "wecom", [("userid", "wanglei")]) is wang
    assert people.person_of(session, "wecom", [("userid", "WANGLEI")]) is wang


def test_the_strongest_key_decides(session: Session) -> None:
    xu = somebody(session, "许静", "feishu", ("open_id", "ou_1"))
    qin = somebody(session, "秦月", "feishu", ("user_id", "u7"))
    assert people.person_of(session, "feishu", [("user_id", "u7"), ("open_id", "ou_1")]) is xu
    assert keys_of(session, qin) == {("user_id", "u7")}


def test_new_keys_of_a_known_account_are_kept(session: Session) -> None:
    xu = somebody(session, "许静", "feishu", ("open_id", "ou_1"))
    people.person_of(session, "feishu", [("open_id", "ou_1"), ("union_id", "on_1"), ("user_id", "u1")])
    assert keys_of(session, xu) == {("open_id", "ou_1"), ("union_id", "on_1"), ("user_id", "u1")}


def test_an_id_given_to_somebody_new_inherits_nothing(session: Session) -> None:
    old = somebody(session, "丁凯", "dingtalk", ("staff_id", "0071"), ("union_id", "old"))
    assert people.person_of(session, "dingtalk", [("staff_id", "0071"), ("union_id", "new")]) is None
    assert keys_of(session, old) == {("staff_id", "0071"), ("union_id", "old")}


def test_a_new_app_brings_a_new_open_id_for_the_same_person(session: Session) -> None:
    xu = somebody(session, "许静", "feishu", ("open_id", "ou_1"), ("union_id", "on_1"))
    assert people.person_of(session, "feishu", [("open_id", "ou_2"), ("union_id", "on_1")]) is xu
    account = people.account_of_person(session, xu.id)
    assert account is not None
    assert account.direct_target == "ou_2"


def test_a_closed_key_and_a_person_who_left_are_nobody(session: Session) -> None:
    ding = somebody(session, "丁凯", "wecom", ("userid", "dingkai"))
    ding.left_at = NOW
    session.flush()
    assert people.person_of(session, "wecom", [("userid", "dingkai")]) is None
    key = session.exec(select(AccountKey)).one()
    key.closed_at = NOW
    session.flush()
    assert people.account_of(session, "wecom", [("userid", "dingkai")]) is None
