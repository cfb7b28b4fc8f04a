"""Numbers of a file that are somebody else's here: asked about as when a platform reports them."""

import pytest
from sqlmodel import Session, select

from commands.directory import importing
from commands.directory.handlers import SUBJECT
from storage import outbox
from storage.audit_check import verify
from storage.clock import Moment
from storage.models import (
    Account,
    AccountKey,
    Address,
    NumberClaim,
    OutboxEntry,
    Person,
    Role,
    RoleGrant,
    Unit,
)
from tests.factories import Case, at, grant, make_case, make_person
from tests.stage import Stage, only

HEAD = "单位,姓名,角色,手机号,工号,平台,账号"
NUMBER = "13900006613"
START = (
    "督查室,钱坤,管理员,13900000005,,钉钉,0105",
    f"环保局,高宁,,{NUMBER},013,钉钉,0108",
    "社区办,许静,联络员,,,飞书,ou_13",
    "社区办,秦月,,13900000014,,飞书,ou_14",
)


@pytest.fixture
def loaded(session: Session, moment: Moment) -> Session:
    load(session, moment, *START)
    return session


def planned(session: Session, *rows: str) -> importing.Plan:
    return importing.plan(session, importing.parse("人员.csv", "\n".join([HEAD, *rows]).encode()))


def load(session: Session, moment: Moment, *rows: str) -> importing.Plan:
    return importing.apply(session, planned(session, *rows), actor="console", moment=moment)


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def told(session: Session) -> dict[int | None, str]:
    return {row.person_id: row.body for row in session.exec(select(OutboxEntry))}


def identities(session: Session) -> list[tuple[int, str, str]]:
    """Whose each account's ids are."""
    query = select(Account.person_id, AccountKey.kind, AccountKey.value).join(Account)
    return sorted(session.exec(query.where(AccountKey.closed_at == None)))  # noqa: E711 - SQL


def test_somebody_elses_number_is_shown_and_asked_about_and_nothing_moves(
    loaded: Session, moment: Moment
) -> None:
    before = identities(loaded)
    plan = load(loaded, moment, f"社区办,秦月,,{NUMBER},,飞书,ou_14")
    said = plan.summary().splitlines()
    assert said[1] == "新增 0 · 变更 0 · 不变 1"
    assert said[2] == "号码没有写入 1：秦月（尾号 6613现属环保局 高宁）。写入后请管理员核实"
    sent = told(loaded)
    assert set(sent) == {person(loaded, "钱坤").id, person(loaded, "许静").id}
    for words in ("号码对应不上，请核实", "尾号 6613", "环保局 高宁", "社区办 秦月（导入）", "没有自动合并"):
        assert words in sent[person(loaded, "钱坤").id], words
    assert "新号尾号 6613" in sent[person(loaded, "许静").id]
    assert not any(NUMBER in body for body in sent.values())
    assert (person(loaded, "高宁").mobile, person(loaded, "秦月").mobile) == (NUMBER, "13900000014")
    assert identities(loaded) == before
    assert verify(loaded).problems == ()


def test_who_is_asked_is_written_to_as_the_running_service_does(loaded: Session, moment: Moment) -> None:
    """The console is connected to no platform; it must not take an address away from the service."""
    place = {"binding": "dingtalk", "kind": "direct", "target": "0105"}
    known = outbox.address_for(loaded, app="dingtalk:app", **place)
    load(loaded, moment, f"社区办,秦月,,{NUMBER},,飞书,ou_14")
    asked = loaded.exec(select(OutboxEntry).where(OutboxEntry.person_id == person(loaded, "钱坤").id)).one()
    assert (asked.address_id, loaded.get_one(Address, known).app) == (known, "dingtalk:app")


def test_the_same_file_again_asks_nothing_more(loaded: Session, moment: Moment) -> None:
    for _ in range(2):
        load(loaded, moment, f"社区办,秦月,,{NUMBER},,飞书,ou_14")
    assert len(loaded.exec(select(NumberClaim)).all()) == 1
    assert len(told(loaded)) == 2


def test_somebody_new_comes_without_the_number(loaded: Session, moment: Moment) -> None:
    load(loaded, moment, f"环保局,赵新,,{NUMBER},013,钉钉,0999")
    new = person(loaded, "赵新")
    assert (new.mobile, new.employee_no) == ("", "")
    assert (person(loaded, "高宁").mobile, person(loaded, "高宁").employee_no) == (NUMBER, "013")
    assert {(c.kind.value, c.number) for c in loaded.exec(select(NumberClaim))} == {
        ("mobile", NUMBER),
        ("employee_no", "013"),
    }


def test_a_staff_number_is_asked_about_within_its_unit_and_given_by_the_administrator(
    session: Session, case: Case
) -> None:
    now = at(12, 30, 9, 10)
    gao = case["高宁"]
    gao.employee_no = "013"
    case.people["赵新"] = make_person(session, "赵新", case.units["环保局"])
    session.flush()
    admin = case["钱坤"]
    before = identities(session)
    importing.apply(
        session,
        planned(session, "环保局,赵新,,,013", "社区办,孙文,,,013"),
        actor="console",
        moment=Moment(now, now),
    )
    claim = session.exec(select(NumberClaim)).one()
    assert (claim.person_id, claim.holder_id) == (case["赵新"].id, gao.id)
    assert person(session, "孙文").employee_no == "013"  # another unit counts its people for itself
    assert "工号 013" in told(session)[admin.id]
    stage = Stage(session, SUBJECT, people=case.people, groups=case.groups, now=now)
    said = only(stage.say("钱坤", f"号码归赵新 {claim.id}"), "钱坤").text
    assert said == "工号 013已归环保局 赵新；高宁的工号已空出，两人的账号和权限都没动。"
    assert (case["赵新"].employee_no, gao.employee_no) == ("013", "")
    assert "回到待核实" in only(stage.say("钱坤", "撤回"), "钱坤").text
    assert (case["赵新"].employee_no, gao.employee_no) == ("", "013")
    assert identities(session) == before
    assert verify(session).problems == ()


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    if "钱坤" not in made.people:
        made.people["钱坤"] = make_person(session, "钱坤", made.units["环保局"])
        grant(session, made.people["钱坤"], Role.ADMIN)
    return made


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ((f"环保局,赵新,,{NUMBER}", f"社区办,孙文,,{NUMBER}"), "第 3 行“手机号”与第 2 行相同（孙文、赵新）"),
        (("环保局,赵新,,,7", "环保局,孙文,,,7"), "第 3 行“工号”与第 2 行相同（孙文、赵新）"),
        (("环保局,赵新,,,7", "环保局,赵新,,,7"), "第 3 行“姓名”与第 2 行相同；同名的两人请用“工号”分开"),
    ],
)
def test_a_number_of_two_people_in_one_file_is_named_by_line_and_column(
    loaded: Session, rows: tuple[str, ...], error: str
) -> None:
    assert planned(loaded, *rows).errors == (error,)


def test_two_units_may_count_their_people_alike(loaded: Session) -> None:
    plan = planned(loaded, "环保局,赵新,,,7", "社区办,孙文,,,7")
    assert plan.errors == ()
    assert not any(step.disputes for step in plan.steps)


def test_a_number_passes_on_only_if_its_owners_new_one_is_free(loaded: Session, moment: Moment) -> None:
    plan = planned(loaded, f"社区办,秦月,,{NUMBER}", "环保局,高宁,,13900000005")
    assert [[one.whose for one in step.disputes] for step in plan.steps] == [["环保局 高宁"], ["督查室 钱坤"]]
    load(loaded, moment, f"社区办,秦月,,{NUMBER}", "环保局,高宁,,13900000014")  # they change numbers
    assert (person(loaded, "高宁").mobile, person(loaded, "秦月").mobile) == ("13900000014", NUMBER)
    assert loaded.exec(select(NumberClaim)).all() == []


def test_a_number_of_somebody_who_left_is_free(loaded: Session, moment: Moment) -> None:
    person(loaded, "高宁").left_at = moment.business
    load(loaded, moment, f"社区办,秦月,,{NUMBER}")
    assert person(loaded, "秦月").mobile == NUMBER


def test_name_and_number_do_not_bind_another_account(loaded: Session) -> None:
    """A namesake elsewhere with a recycled number would take the account over."""
    assert planned(loaded, f"社区办,高宁,,{NUMBER},,钉钉,0777").errors == (
        "第 2 行“账号”与在册的环保局 高宁不同，只有姓名和手机号相同，没有改绑，请核对",
    )


def test_a_namesake_of_the_unit_comes_before_one_elsewhere_with_the_number(
    loaded: Session, moment: Moment
) -> None:
    load(loaded, moment, "社区办,高宁,,,,飞书,ou_77")
    grants = len(loaded.exec(select(RoleGrant)).all())
    load(loaded, moment, f"社区办,高宁,,{NUMBER},,飞书,ou_77")
    both = loaded.exec(select(Person, Unit).join(Unit).where(Person.name == "高宁")).all()
    assert {(unit.name, one.mobile) for one, unit in both} == {("环保局", NUMBER), ("社区办", "")}
    assert len(loaded.exec(select(NumberClaim)).all()) == 1
    assert len(loaded.exec(select(RoleGrant)).all()) == grants
