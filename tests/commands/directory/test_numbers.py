"""A number that two people seem to have: asked about, never merged by itself."""

import pytest
from sqlmodel import Session, select

from commands.command import Arrival
from commands.directory.handlers import SUBJECT
from commands.notify import Channels, Notices
from connectors.chat import Account as Sender
from connectors.chat import AccountKey as Key
from connectors.chat import Incoming, IncomingKind
from storage.audit_check import verify
from storage.clock import Moment
from storage.models import Account, AccountKey, AuditEntry, NumberClaim, OutboxEntry, Person, Role
from tests.factories import Case, at, grant, make_case, make_person
from tests.stage import Stage, only, to

NOW = at(12, 30, 9, 10)
NUMBER = "13900006613"


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    made.people["秦月"] = make_person(session, "秦月", made.units["社区办"], binding="feishu")
    if "钱坤" not in made.people:
        made.people["钱坤"] = make_person(session, "钱坤", made.units["环保局"])
        grant(session, made.people["钱坤"], Role.ADMIN)
    made["高宁"].mobile = NUMBER
    made["秦月"].mobile = "13900000014"
    session.flush()
    return made


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=NOW)


def reports(session: Session, case: Case, name: str, mobile: str, key: str = "1") -> dict[int | None, str]:
    """What is sent because a platform reports a number."""
    last = max((row.id for row in session.exec(select(OutboxEntry))), default=0)
    account = session.exec(select(Account).where(Account.person_id == case[name].id)).one()
    keys = session.exec(select(AccountKey).where(AccountKey.account_id == account.id)).all()
    sender = Sender(tuple(Key(one.kind, one.value) for one in keys), name, mobile=mobile)
    incoming = Incoming(account.binding, f"e:{key}", IncomingKind.PERSON_CHANGED, None, sender, NOW)
    moment = Moment(NOW, NOW)
    notices = Notices(session, Channels(b"k" * 32, {}), moment, f"{account.binding}:e:{key}")
    SUBJECT.arrivals[IncomingKind.PERSON_CHANGED](Arrival(session, incoming, None, None, notices, moment))
    notices.flush()
    sent = session.exec(select(OutboxEntry).where(OutboxEntry.id > last)).all()
    return {row.person_id: row.body for row in sent}


def numbers(case: Case) -> tuple[str, str]:
    return case["高宁"].mobile, case["秦月"].mobile


def claim(session: Session) -> int:
    return session.exec(select(NumberClaim)).one().id


def accounts(session: Session) -> list[tuple[int, str, str]]:
    query = select(AccountKey.account_id, AccountKey.kind, AccountKey.value)
    return list(session.exec(query.order_by(AccountKey.id)))  # type: ignore[arg-type]


def test_a_number_nobody_has_is_kept_and_nobody_is_told(session: Session, case: Case) -> None:
    before = accounts(session)
    assert reports(session, case, "高宁", "+86 139 0000 7777") == {}
    assert case["高宁"].mobile == "13900007777"
    assert accounts(session) == before
    assert reports(session, case, "高宁", "+1 202 555 0100") == {}
    assert case["高宁"].mobile == "13900007777"
    assert verify(session).problems == ()


def test_somebody_elses_number_is_asked_about_and_nothing_moves(session: Session, case: Case) -> None:
    before = accounts(session)
    sent = reports(session, case, "秦月", "+8613900006613")
    assert set(sent) == {case["钱坤"].id, case["许静"].id}
    for words in ("号码对应不上，请核实", "尾号 6613", "环保局 高宁", "社区办 秦月（飞书）", "没有自动合并"):
        assert words in sent[case["钱坤"].id], words
    assert "秦月" in sent[case["许静"].id]
    assert "高宁" not in sent[case["许静"].id]
    assert not any(NUMBER in body for body in sent.values())
    assert numbers(case) == (NUMBER, "13900000014")
    assert accounts(session) == before
    assert reports(session, case, "秦月", "+8613900006613", key="2") == {}


def test_the_administrator_gives_it_and_may_take_that_back(
    session: Session, case: Case, stage: Stage
) -> None:
    before = accounts(session)
    reports(session, case, "秦月", NUMBER)
    told = only(stage.say("许静", "号码属实"), "钱坤")
    assert told.text == "许静答复：秦月新号尾号 6613，属实。"
    reply = only(stage.say("钱坤", "号码归秦月"), "钱坤").text
    assert reply == "尾号 6613已归社区办 秦月；高宁的号码已空出，两人的账号和权限都没动。"
    assert numbers(case) == ("", NUMBER)
    assert accounts(session) == before
    assert "已由钱坤定过" in only(stage.say("钱坤", f"号码都不动 {claim(session)}"), "钱坤").text
    assert "回到待核实" in only(stage.say("钱坤", "撤回"), "钱坤").text
    assert numbers(case) == (NUMBER, "13900000014")
    assert not any(NUMBER in (row.body or "") for row in session.exec(select(AuditEntry)))
    assert verify(session).problems == ()


def test_what_the_liaison_denies_is_not_given(session: Session, case: Case, stage: Stage) -> None:
    reports(session, case, "秦月", NUMBER)
    stage.say("许静", "号码不属实")
    assert "许静说这不是秦月的号码，没有动" in only(stage.say("钱坤", "号码归秦月"), "钱坤").text
    assert numbers(case) == (NUMBER, "13900000014")
    assert "都没有动：尾号 6613仍是环保局 高宁的" in only(stage.say("钱坤", "号码都不动"), "钱坤").text
    assert "已由钱坤定过" in only(stage.say("许静", f"号码属实 {claim(session)}"), "许静").text
    assert numbers(case) == (NUMBER, "13900000014")
    assert reports(session, case, "秦月", NUMBER, key="3") == {}


def test_others_decide_nothing(session: Session, case: Case, stage: Stage) -> None:
    reports(session, case, "秦月", NUMBER)
    assert "管理员" in only(stage.say("许静", "号码归秦月"), "许静").text
    assert "管理员" in only(stage.say("陈立", "号码归秦月"), "陈立").text
    for name in ("李娜", "陈立"):
        assert to(stage.say(name, "号码属实"), "钱坤") == []
    assert numbers(case) == (NUMBER, "13900000014")


def test_a_number_of_somebody_who_left_is_free(session: Session, case: Case) -> None:
    case["高宁"].left_at = NOW
    session.flush()
    assert reports(session, case, "秦月", NUMBER) == {}
    assert numbers(case) == (NUMBER, NUMBER)
    left = session.exec(select(Person).where(Person.mobile == NUMBER)).all()
    assert len(left) == 2
