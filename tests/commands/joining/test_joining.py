"""绑定: by a code, or by a name that the liaison confirms; heads also by the office."""

import pytest
from sqlmodel import Session, col, delete, select

from commands.joining.handlers import SUBJECT
from storage.audit_check import verify
from storage.models import Account, AccountKey, BindingCode, OutboxEntry, Role, SentCard
from tests.factories import Case, grant, make_case, make_leave
from tests.stage import only
from tests.strangers import Door

HELLO = "还不知道您是哪位。请发单位和姓名，例如：城管局 王磊。"


@pytest.fixture
def case(session: Session) -> Case:
    """Nobody of 城管局 has an account yet: WeCom gives no mobile numbers."""
    made = make_case(session)
    waiting = [made[name].id for name in ("罗建", "王磊", "丁凯")]
    accounts = session.exec(select(Account.id).where(col(Account.person_id).in_(waiting))).all()
    session.exec(delete(AccountKey).where(col(AccountKey.account_id).in_(accounts)))
    session.exec(delete(Account).where(col(Account.id).in_(accounts)))
    session.flush()
    return made


@pytest.fixture
def door(session: Session, case: Case) -> Door:
    return Door(session, case, SUBJECT)


def code_for(door: Door, name: str) -> str:
    return only(door.say("陈立", f"发绑定码 {name}"), "陈立").row("绑定码")


def wang_joins(door: Door) -> None:
    door.from_account("WangLei", f"绑定 {code_for(door, '王磊')}")


def test_a_code_handed_over_by_the_office_joins_a_liaison_at_once(session: Session, door: Door) -> None:
    code = code_for(door, "王磊")
    (shown,) = door.from_account("WangLei", f"绑定 {code}")
    assert shown.startswith("【已绑定】\n单位：城管局\n身份：联络员 王磊")
    assert door.account_of("王磊") == "WangLei"
    assert only(door.say("王磊", "绑定 22222222"), "王磊").text.startswith("您已经绑定")
    assert verify(session).problems == ()


def test_only_the_office_issues_codes_and_only_the_hmac_is_kept(session: Session, door: Door) -> None:
    code = code_for(door, "王磊")
    kept = session.exec(select(BindingCode)).one()
    assert len(code) == 8
    assert code not in kept.model_dump_json()
    assert "督查室" in only(door.say("李娜", "发绑定码 王磊"), "李娜").text


def test_a_code_is_good_once_for_24_hours_and_until_the_next_one(door: Door) -> None:
    first = code_for(door, "王磊")
    second = code_for(door, "王磊")
    assert "不对或已过期" in door.from_account("a", f"绑定 {first}")[0]
    door.later(hours=24)
    assert "不对或已过期" in door.from_account("a", f"绑定 {second}")[0]
    third = code_for(door, "王磊")
    door.from_account("WangLei", f"绑定 {third}")
    assert "不对或已过期" in door.from_account("b", f"绑定 {third}")[0]
    assert door.account_of("王磊") == "WangLei"


def test_a_code_said_in_a_group_is_void_and_joins_nobody(door: Door) -> None:
    code = code_for(door, "王磊")
    assert "作废" in door.from_account("WangLei", f"绑定 {code}", group=True)[0]
    assert "不对或已过期" in door.from_account("WangLei", f"绑定 {code}")[0]
    assert door.account_of("王磊") == ""


def test_who_names_themselves_is_confirmed_by_the_liaison(door: Door) -> None:
    wang_joins(door)
    assert door.from_account("dingkai", "你好") == [HELLO]
    assert door.from_account("dingkai", "城管局 丁凯") == ["已请联络员王磊确认。"]
    asked = door.read_by("王磊")[-1]
    assert asked.startswith("【请确认本单位人员】\n姓名：丁凯\n账号：企业微信 dingkai")
    door.press("王磊", "是的")
    assert door.account_of("丁凯") == "dingkai"
    assert door.read_by("丁凯")[-1].startswith("【已绑定】\n单位：城管局\n身份：经办人 丁凯")


def test_who_is_not_the_one_hears_only_that_nothing_matched(door: Door) -> None:
    wang_joins(door)
    door.from_account("somebody", "城管局 丁凯")
    sent = door.press("王磊", "不是")
    assert [s.text for s in sent if s.to == ""] == ["没有对上，请找本单位联络员。"]
    assert "不是城管局丁凯本人" in only(sent, "钱坤").text
    assert door.account_of("丁凯") == ""
    assert door.from_account("somebody", "城管局 李四") == [HELLO]


def test_a_head_is_confirmed_by_the_liaison_and_then_by_the_office(door: Door) -> None:
    wang_joins(door)
    door.from_account("luojian", "城管局 罗建")
    door.press("王磊", "是的")
    assert door.account_of("罗建") == ""
    assert (
        "不用再答"
        in only(door.say("王磊", "是本单位人员 " + door.button("陈立", "确认")[0].subject[5:]), "王磊").text
    )
    door.press("陈立", "确认")
    assert door.account_of("罗建") == "luojian"
    assert "身份：分管负责人 罗建" in door.read_by("罗建")[-1]


def test_a_head_with_a_code_is_confirmed_all_the_same(door: Door) -> None:
    wang_joins(door)
    assert door.from_account("luojian", f"绑定 {code_for(door, '罗建')}") == ["已请联络员王磊确认。"]
    door.press("王磊", "是的")
    door.press("赵敏", "确认")
    assert door.account_of("罗建") == "luojian"


def test_a_unit_without_a_liaison_on_record_is_confirmed_by_the_office(session: Session, door: Door) -> None:
    assert door.from_account("wanglei", "城管局 王磊") == ["已请督查室确认。"]
    assert "不是本单位" not in door.read_by("陈立")[-1].partition("\n")[0]
    door.press("陈立", "确认")
    assert door.account_of("王磊") == "wanglei"


def test_a_liaison_says_nothing_about_another_units_people(session: Session, door: Door) -> None:
    wang_joins(door)
    door.from_account("dingkai", "城管局 丁凯")
    number = door.button("王磊", "是的")[0].subject.partition(":")[2]
    assert only(door.say("李娜", f"是本单位人员 {number}"), "李娜").text == "没有等您确认的人员。"
    assert door.account_of("丁凯") == ""


def test_an_account_that_is_there_is_never_replaced_by_saying_a_name(door: Door) -> None:
    wang_joins(door)
    assert door.from_account("thief", "城管局 王磊") == ["没有对上，请找本单位联络员。"]
    assert door.account_of("王磊") == "WangLei"


def test_asking_twice_tells_the_liaison_once_and_too_often_is_refused(door: Door) -> None:
    wang_joins(door)
    door.from_account("dingkai", "城管局 丁凯")
    assert "请稍候" in door.from_account("dingkai", "城管局 丁凯")[0]
    assert len([text for text in door.read_by("王磊") if "请确认" in text]) == 1
    for n in range(4):
        door.from_account("dingkai", "城管局 罗建" if n % 2 == 0 else "城管局 丁凯")
    assert "次数太多" in door.from_account("dingkai", "城管局 罗建")[0]


def test_what_waited_for_a_person_goes_to_their_new_account(session: Session, case: Case, door: Door) -> None:
    grant(session, case["丁凯"], Role.LIAISON, unit=case.units["城管局"])
    door.from_account("someone", "城管局 罗建")
    held = session.exec(select(SentCard).where(SentCard.person_id == case["丁凯"].id)).one()
    assert door.place_of(held) == f"person:{case['丁凯'].id}"
    door.from_account("dingkai", f"绑定 {code_for(door, '丁凯')}")
    session.refresh(held)
    assert door.place_of(held) == "dingkai"
    kept = session.exec(select(OutboxEntry).where(OutboxEntry.card_id == held.id)).one()
    assert kept.address_id == held.address_id


def test_who_stands_in_for_the_liaison_confirms(session: Session, door: Door, case: Case) -> None:
    wang_joins(door)
    door.from_account("dingkai", "城管局 丁凯")
    door.press("王磊", "是的")
    make_leave(session, case["王磊"], case["丁凯"], door.now.date())
    assert door.from_account("luojian", "城管局 罗建") == ["已请联络员丁凯确认。"]
    door.press("丁凯", "是的")
    door.press("陈立", "确认")
    assert door.account_of("罗建") == "luojian"


def test_who_stands_in_for_the_liaison_does_not_confirm_their_own_account(
    session: Session, door: Door, case: Case
) -> None:
    wang_joins(door)
    make_leave(session, case["王磊"], case["丁凯"], door.now.date())
    assert door.from_account("dingkai", "城管局 丁凯") == ["已请联络员王磊确认。"]
