"""Somebody left, or an id moved: rights follow at once, and never to somebody else."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from commands.access import Permission, rights_of
from commands.command import Arrival
from commands.directory import importing
from commands.directory.handlers import SUBJECT
from commands.notify import Channels, Notices
from connectors.chat import Account as Sender
from connectors.chat import AccountKey as Key
from connectors.chat import Incoming, IncomingKind
from storage.audit_check import verify
from storage.clock import Moment
from storage.models import (
    AccountKey,
    AuditEntry,
    Initiative,
    Obligation,
    ObligationState,
    OutboxEntry,
    Part,
    Person,
    Task,
)
from storage.queries import people

ROWS = """单位,姓名,职务,角色,手机号,平台,账号
督查室,陈立,副主任,督查室,,钉钉,0103
督查室,钱坤,,管理员,,钉钉,0105
城管局,罗建,分管副局长,分管负责人,,企微,luojian
城管局,王磊,科长,联络员,,企微,wanglei
城管局,丁凯,科员,,,企微,dingkai
"""


@pytest.fixture
def directory(session: Session, moment: Moment) -> Session:
    plan = importing.plan(session, importing.parse("人员.csv", ROWS.encode()))
    importing.apply(session, plan, actor="cli", moment=moment)
    session.commit()
    return session


def happens(session: Session, moment: Moment, kind: IncomingKind, sender: Sender) -> None:
    incoming = Incoming("wecom", f"e:{kind}", kind, None, sender, moment.business)
    notices = Notices(session, Channels(b"k", {}), moment, "wecom:e")
    SUBJECT.arrivals[kind](Arrival(session, incoming, None, None, notices, moment))
    notices.flush()


def user(*ids: str, name: str = "", foreign: bool = False) -> Sender:
    return Sender(tuple(Key("userid", id) for id in ids), name, foreign)


def named(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def told(session: Session) -> dict[int | None, str]:
    return {entry.person_id: entry.body for entry in session.exec(select(OutboxEntry))}


def in_hand(session: Session, person: Person, moment: Moment) -> None:
    initiative = Initiative(title="背街小巷", starts_on=moment.business.date(), created_at=moment.business)
    session.add(initiative)
    session.flush()
    task = Task(number=35, initiative_id=initiative.id, title="清运", created_at=moment.business)
    session.add(task)
    session.flush()
    assert person.unit_id is not None
    session.add(
        Obligation(
            task_id=task.id,
            part=Part.LEAD,
            unit_id=person.unit_id,
            handler_id=person.id,
            state=ObligationState.IN_PROGRESS,
            due_at=moment.business + timedelta(days=3),
        )
    )
    session.flush()


def test_who_left_has_no_rights_at_once(directory: Session, moment: Moment) -> None:
    wang = named(directory, "王磊")
    assert rights_of(directory, wang, moment.business.date()).may(Permission.DELEGATE)
    happens(directory, moment, IncomingKind.PERSON_LEFT, user("WangLei"))
    assert wang.left_at == moment.business
    assert not rights_of(directory, wang, moment.business.date()).may(Permission.ASK)
    assert people.person_of(directory, "wecom", [("userid", "wanglei")]) is None
    query = select(AuditEntry.action).where(AuditEntry.actor == "platform").order_by(col(AuditEntry.id))
    actions = directory.exec(query).all()
    assert actions == ["account.close", "person.leave"]
    assert verify(directory).problems == ()


def test_the_liaison_is_told_what_a_person_who_left_had_in_hand(directory: Session, moment: Moment) -> None:
    in_hand(directory, named(directory, "丁凯"), moment)
    happens(directory, moment, IncomingKind.PERSON_LEFT, user("dingkai"))
    body = told(directory)[named(directory, "王磊").id]
    assert "丁凯离岗，1 项待交接" in body
    assert "T35" in body
    assert "11月23日（周一）" in body


def test_the_head_is_asked_for_a_liaison_when_the_last_one_left(directory: Session, moment: Moment) -> None:
    happens(directory, moment, IncomingKind.PERSON_LEFT, user("wanglei"))
    assert "城管局暂无联络员，请指定" in told(directory)[named(directory, "罗建").id]


def test_a_reused_id_belongs_to_nobody_until_it_is_bound(directory: Session, moment: Moment) -> None:
    happens(directory, moment, IncomingKind.PERSON_LEFT, user("dingkai"))
    plan = importing.plan(
        directory, importing.parse("人员.csv", "单位,姓名,平台,账号\n城管局,马昊,企微,dingkai".encode())
    )
    importing.apply(directory, plan, actor="cli", moment=moment)
    found = people.person_of(directory, "wecom", [("userid", "dingkai")])
    assert found is not None
    assert found.name == "马昊"


def test_a_second_account_that_closes_does_not_end_the_rights(directory: Session, moment: Moment) -> None:
    plan = importing.plan(
        directory, importing.parse("人员.csv", "单位,姓名,平台,账号\n督查室,陈立,企微,chenli".encode())
    )
    importing.apply(directory, plan, actor="cli", moment=moment)
    happens(directory, moment, IncomingKind.PERSON_LEFT, user("chenli"))
    chen = named(directory, "陈立")
    assert chen.left_at is None
    assert people.person_of(directory, "wecom", [("userid", "chenli")]) is None
    assert people.person_of(directory, "dingtalk", [("staff_id", "0103")]) is chen


@pytest.mark.parametrize("kind", [IncomingKind.PERSON_LEFT, IncomingKind.PERSON_CHANGED])
def test_an_account_of_another_tenant_changes_nothing(
    directory: Session, moment: Moment, kind: IncomingKind
) -> None:
    happens(directory, moment, kind, user("wanglei", "x", foreign=True))
    assert people.person_of(directory, "wecom", [("userid", "wanglei")]) is not None


@pytest.mark.parametrize("learned_first", [True, False])
def test_a_new_user_id_moves_the_account(directory: Session, moment: Moment, learned_first: bool) -> None:
    if learned_first:  # whoever looks the person up with both ids keeps the new one already
        people.person_of(directory, "wecom", [("userid", "wanglei"), ("userid", "WangLei2")])
    happens(directory, moment, IncomingKind.PERSON_CHANGED, user("wanglei", "WangLei2", name="王磊（城管）"))
    wang = named(directory, "王磊")
    assert people.person_of(directory, "wecom", [("userid", "wanglei")]) is None
    assert people.person_of(directory, "wecom", [("userid", "wanglei2")]) is wang
    account = people.account_of_person(directory, wang.id)
    assert account is not None
    assert (account.direct_target, account.name) == ("wanglei2", "王磊（城管）")
    assert verify(directory).problems == ()


def test_an_id_of_somebody_else_is_not_taken_over(directory: Session, moment: Moment) -> None:
    happens(directory, moment, IncomingKind.PERSON_CHANGED, user("wanglei", "dingkai"))
    assert people.person_of(directory, "wecom", [("userid", "dingkai")]) is named(directory, "丁凯")
    assert people.person_of(directory, "wecom", [("userid", "wanglei")]) is None
    keys = directory.exec(select(AccountKey).where(AccountKey.value == "dingkai")).all()
    assert len(keys) == 1


def test_an_id_that_changes_only_its_case_stays_open(directory: Session, moment: Moment) -> None:
    happens(directory, moment, IncomingKind.PERSON_CHANGED, user("wanglei", "WangLei"))
    assert people.person_of(directory, "wecom", [("userid", "wanglei")]) is named(directory, "王磊")
