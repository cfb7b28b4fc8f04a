"""The directory comes in from a file, wholly or not at all."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlmodel import Session, select

from commands.directory import importing
from commands.directory.snapshot import directory
from commands.errors import BadInput
from storage.audit_check import verify
from storage.clock import Moment
from storage.models import Account, AccountKey, AuditEntry, Person, Role, RoleGrant, Scope, Unit
from storage.queries import people

DEMO = Path("bot/sandbox/demo_directory.json")
HEAD = "单位,姓名,职务,角色,手机号,平台,账号,B角,单位简称,机构序"


def sheet(*rows: str, head: str = HEAD) -> importing.Sheet:
    return importing.parse("人员.csv", "\n".join([head, *rows]).encode())


def load(session: Session, moment: Moment, *rows: str, head: str = HEAD) -> importing.Plan:
    plan = importing.plan(session, sheet(*rows, head=head))
    return importing.apply(session, plan, actor="cli", moment=moment)


ADMIN = "督查室,钱坤,,管理员,13900000005,钉钉,0105"


def test_the_first_import_shows_what_it_will_write(session: Session) -> None:
    plan = importing.plan(session, importing.read(DEMO))
    assert plan.summary() == (
        "单位 6 · 人员 16 · 对上账号 16：钉钉 8、飞书 5、企业微信 3\n4 家都没填 B 角。表中没有的人不动。"
    )
    assert session.exec(select(Person)).all() == []


def test_people_without_an_account_wait_for_binding(session: Session) -> None:
    plan = importing.plan(
        session, sheet(ADMIN, "城管局,王磊,,联络员,13900000010,企业微信,", "城管局,丁凯,,,,企业微信,")
    )
    assert plan.summary() == (
        "单位 2 · 人员 3 · 对上账号 1：钉钉 1 · 待绑定 2：企业微信（平台不提供手机号）\n"
        "1 家都没填 B 角。表中没有的人不动。"
    )


def test_the_demo_people_are_known_after_the_import(session: Session, moment: Moment) -> None:
    importing.apply(session, importing.plan(session, importing.read(DEMO)), actor="cli", moment=moment)
    luo = people.person_of(session, "wecom", [("userid", "LuoJian")])
    assert luo is not None
    grants = session.exec(select(RoleGrant).where(RoleGrant.person_id == luo.id)).all()
    unit = session.exec(select(Unit).where(Unit.name == "城管局")).one()
    assert [(g.role, g.scope, g.scope_id) for g in grants] == [(Role.VICE_HEAD, Scope.UNIT, unit.id)]
    assert (unit.short_names, unit.platform, unit.position) == (["城管"], "wecom", 4)
    xu = people.person_of(session, "feishu", [("user_id", "xujing")])
    assert xu is not None
    account = people.account_of_person(session, xu.id)
    assert account is not None
    assert account.direct_target.startswith("ou_13")
    assert len(session.exec(select(AuditEntry)).all()) == 22


def test_people_are_understood_as_they_are_addressed(session: Session, moment: Moment) -> None:
    importing.apply(session, importing.plan(session, importing.read(DEMO)), actor="cli", moment=moment)
    names = directory(session)
    for said, name in [
        ("周副市长", "周明"),
        ("小唐", "唐宁"),
        ("罗局", "罗建"),
        ("何局长", "何川"),
        ("何副局长", "何川"),
        ("苏主任", "苏岚"),
        ("方秘书长", "方志"),
    ]:
        assert [p.name for p in names.named(said)] == [name], said


def test_the_snapshot_is_built_once_per_change(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN)
    before = directory(session)
    assert directory(session) is before
    load(session, moment, "环保局,李娜")
    after = directory(session)
    assert [u.name for u in after.units.values()] == ["督查室", "环保局"]
    assert after is not before


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (["城管局,,,"], "第 3 行“姓名”没有填写"),
        ([",王磊"], "第 3 行“单位”没有填写"),
        (["城管局,王磊,,局长"], "第 3 行“角色”写的是“局长”，可以写：管理员、督查室、领导、"),
        (["城管局,王磊,,,1390000"], "第 3 行“手机号”不是 11 位手机号码"),
        (["城管局,王磊,,,,微博,w"], "第 3 行“平台”写的是“微博”，可以写：钉钉、企业微信、飞书"),
        (["城管局,王磊,,,,,wanglei"], "第 3 行“平台”没有填写，不知道“账号”是哪个平台的"),
        (["城管局,王磊,,,,飞书,staff_id:1"], "第 3 行“账号”写的是“staff_id:1”，可以写：open_id:…、"),
        (["城管局,王磊,,,,飞书,open_id:1、open_id:2"], "第 3 行“账号”写了两个 open_id"),
        (["城管局,王磊,,,,钉钉,union_id:1"], "第 3 行“账号”只有 union_id，消息发不到，请补 staff_id"),
        (["城管局,王磊,,,,,,,,第一"], "第 3 行“机构序”不是整数"),
        (["城管局,王磊,,,,,,,,1", "城管局,丁凯,,,,,,,,2"], "第 4 行“机构序”与第 3 行不同（城管局）"),
        (["城管局,王磊,,,,,,李四"], "第 3 行“B角”城管局没有“李四”"),
        (["城管局,王磊,,,,,,王磊"], "第 3 行“B角”不能是本人"),
        (["城管局,王磊", "城管局,王 磊"], "第 4 行“姓名”与第 3 行相同；同名的两人请用“工号”分开"),
        (["环保局,李娜,,,,,,,局", "城管局,王磊,,,,,,,局"], "第 4 行“单位简称”“局”已经是环保局的简称"),
        (
            ["城管局,王磊,,,,企微,WangLei", "城管局,丁凯,,,,企微,wanglei"],
            "第 4 行“账号”与第 3 行相同（丁凯、王磊）",
        ),
        (
            ["环保局,李娜,,,13900000007", "城管局,罗建,,,139 0000 0007"],
            "第 4 行“手机号”与第 3 行相同（罗建、李娜）",
        ),
        (["城管局,王磊,,,13900000005"], "第 3 行“手机号”与第 2 行相同（王磊、钱坤）"),
    ],
)
def test_a_broken_row_is_named_and_nothing_is_written(
    session: Session, moment: Moment, rows: list[str], error: str
) -> None:
    plan = importing.plan(session, sheet(ADMIN, *rows))
    assert len(plan.errors) == 1
    assert plan.errors[0].startswith(error)
    assert plan.summary().endswith("；一条也没有写入。")
    with pytest.raises(BadInput):
        importing.apply(session, plan, actor="cli", moment=moment)
    assert session.exec(select(Person)).all() == []
    assert session.exec(select(Unit)).all() == []


def test_all_broken_rows_are_named_at_once_in_the_order_of_the_file(session: Session) -> None:
    plan = importing.plan(
        session, sheet("督查室,钱坤,,,13900000005", "城管局,王磊,,,13900000005", "城管局,,", "城管局,丁凯,,x")
    )
    assert [error.partition("“")[0] for error in plan.errors] == ["第 3 行", "第 4 行", "第 5 行"]


def test_the_first_import_must_name_an_administrator(session: Session) -> None:
    plan = importing.plan(session, sheet("督查室,陈立,,督查室"))
    assert plan.errors == ("还没有管理员：请在“角色”列给一人写上“管理员”",)


def test_the_last_administrator_cannot_be_taken_away(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN)
    assert importing.plan(session, sheet("督查室,钱坤,,督查室")).errors
    assert not importing.plan(session, sheet("督查室,钱坤,副主任")).errors


def test_rows_that_are_absent_stay_untouched(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "环保局,李娜,科员,联络员,13900000007,钉钉,0107")
    plan = load(session, moment, "环保局,高宁", "环保局,李娜,科长,,13900000017", "督查室,钱坤")
    assert plan.summary().splitlines()[1] == "新增 1 · 变更 1：李娜（职务、手机号） · 不变 1"
    li = people.person_of(session, "dingtalk", [("staff_id", "0107")])
    assert li is not None
    assert (li.title, li.mobile) == ("科长", "13900000017")
    assert session.exec(select(RoleGrant.role).where(RoleGrant.person_id == li.id)).all() == [Role.LIAISON]
    assert len(session.exec(select(Person)).all()) == 3
    assert verify(session).problems == ()


def test_an_account_never_passes_to_somebody_else(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "环保局,高宁,,,13900006613,钉钉,0108")
    plan = importing.plan(session, sheet("社区办,许静,,,,钉钉,0108"))
    assert plan.errors == ("第 2 行“账号”已登记给环保局 高宁",)


def test_a_number_may_pass_on_when_its_owner_gets_a_new_one_in_the_same_file(
    session: Session, moment: Moment
) -> None:
    load(session, moment, ADMIN, "环保局,高宁,,,13900006613,钉钉,0108")
    plan = load(session, moment, "社区办,秦月,,,13900006613", "环保局,高宁,,,13900000018")
    assert not plan.errors


def test_somebody_who_moves_leaves_the_old_units_roles_behind(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "环保局,李娜,,联络员,,钉钉,0107")
    load(session, moment, "城管局,李娜,,,,钉钉,0107")
    li = people.person_of(session, "dingtalk", [("staff_id", "0107")])
    assert li is not None
    assert session.exec(select(RoleGrant).where(RoleGrant.person_id == li.id)).all() == []
    assert session.get_one(Unit, li.unit_id).name == "城管局"
    assert verify(session).problems == ()


def test_a_new_id_for_a_known_person_replaces_the_old_one(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "城管局,王磊,,,13900000010,企微,wanglei")
    load(session, moment, "城管局,王磊,,,13900000010,企微,wanglei2")
    assert people.person_of(session, "wecom", [("userid", "wanglei")]) is None
    assert people.person_of(session, "wecom", [("userid", "wanglei2")]) is not None
    assert len(session.exec(select(Account).where(Account.binding == "wecom")).all()) == 1


def test_a_namesake_with_another_number_and_account_is_not_guessed(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "城管局,王磊,,,13900000010,企微,wanglei")
    plan = importing.plan(session, sheet("城管局,王磊,,,13900000020,企微,wanglei9"))
    assert plan.errors == ("第 2 行“姓名”与在册的王磊同名，手机号和账号都不同，请核对",)


def test_a_deputy_is_set_from_the_file_or_from_the_record(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "城管局,罗建,,分管负责人,,,,王磊", "城管局,王磊")
    load(session, moment, "城管局,丁凯,,,,,,王磊")
    by_name = {person.name: person for person in session.exec(select(Person))}
    assert by_name["罗建"].deputy_id == by_name["丁凯"].deputy_id == by_name["王磊"].id
    again = importing.plan(session, sheet("城管局,罗建,,分管负责人,,,,王磊", "城管局,王磊"))
    assert again.summary().splitlines()[1] == "新增 0 · 变更 0 · 不变 2"


def test_a_plan_that_was_overtaken_is_shown_again(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN)
    shown = importing.plan(session, sheet("环保局,李娜"))
    load(session, moment, "环保局,李娜")
    with pytest.raises(BadInput, match="有了变化"):
        importing.apply(session, shown, actor="cli", moment=moment)


def test_a_person_who_left_gives_nothing_to_a_namesake(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "城管局,丁凯,,联络员")
    old = session.exec(select(Person).where(Person.name == "丁凯")).one()
    old.left_at = moment.business
    load(session, moment, "城管局,丁凯")
    assert len(session.exec(select(Person).where(Person.name == "丁凯")).all()) == 2


# -- files ---------------------------------------------------------------------------------------


def test_a_sheet_with_a_title_above_its_heading_is_read(
    xlsx: Callable[[Sequence[Sequence[object]]], bytes],
) -> None:
    data = xlsx([["人员表"], [], ["单位*", "姓名（必填）", "手机号"], ["城管局", "王磊", 13900000010.0]])
    read = importing.parse("人员.XLSX", data)
    assert [(row.no, row.unit, row.name, row.mobile) for row in read.rows] == [
        (4, "城管局", "王磊", "13900000010")
    ]


def test_a_csv_written_by_an_office_program_is_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        read = importing.parse("人员.csv", "单位,姓名\r\n城管局,王磊\r\n".encode(encoding))
        assert read.rows[0].name == "王磊"


def zipped(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("人员.xls", b"", "读不了“人员.xls”"),
        ("人员.xlsx", b"not a zip", "读不了这份表"),
        ("人员.xlsx", zipped(10), "读不了这份表"),
        ("人员.xlsx", zipped(101 * 1024 * 1024), "展开后太大"),
        ("人员.csv", b"a" * (11 * 1024 * 1024), "文件超过 10 MB"),
        ("人员.csv", b"\xff\xff\xff", "文字编码"),
        ("人员.csv", "姓名,手机号\n王磊,1".encode(), "没有找到表头"),
        ("人员.csv", "单位,姓名,姓名\n".encode(), "第 1 行有两列“姓名”"),
        ("人员.csv", "单位,姓名\n".encode(), "表里没有人员"),
        ("人员.csv", ("单位,姓名\n" + "长" * 501).encode(), "第 2 行第 1 列超过 500 字"),
        ("人员.csv", b"\n" * 20_001, "表超过 20000 行"),
        ("人员.json", b"{", "不是 JSON"),
        ("人员.json", b"{}", "要是一个列表"),
        ("人员.json", json.dumps([{"部门": "x"}]).encode(), "不认识“部门”"),
        ("人员.json", json.dumps([{"单位": {"a": 1}}]).encode(), "第 1 行“单位”读不了"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(name: str, data: bytes, error: str) -> None:
    with pytest.raises(BadInput, match=error):
        importing.parse(name, data)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="打不开"):
        importing.read(tmp_path / "没有.xlsx")


def test_keys_of_an_import_are_open_and_unique(session: Session, moment: Moment) -> None:
    load(session, moment, ADMIN, "社区办,许静,,,,飞书,ou_1、union_id:on_1、xujing")
    keys = session.exec(select(AccountKey).where(AccountKey.binding == "feishu")).all()
    assert {(k.kind, k.value) for k in keys} == {
        ("open_id", "ou_1"),
        ("union_id", "on_1"),
        ("user_id", "xujing"),
    }
