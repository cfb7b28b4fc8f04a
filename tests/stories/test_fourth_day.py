"""Whom the bot knows: joining, leaving, and a number that two people have."""

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from sqlmodel import Session

from commands.calendar import SHANGHAI
from commands.directory import importing
from commands.directory.rows import read
from connectors.sandbox.feishu import FeishuStandIn
from connectors.sandbox.journal import SandboxUser
from connectors.sandbox.wecom import WeComStandIn
from storage.clock import Moment
from tests.stories.play import Play, Seen, played
from tests.stories.test_first_day import dispatched

NEWCOMER = "mahao"
END_OF_YEAR = datetime(2026, 12, 30, 9, 10, tzinfo=SHANGHAI)


def wecom(play: Play) -> WeComStandIn:
    stand_in = play.sandbox.world.stand_ins["wecom"]
    assert isinstance(stand_in, WeComStandIn)
    return stand_in


async def hired(play: Play, folder: Path, *, deputy_of: str = "") -> None:
    """马昊 of 城管局 is in the directory and has an account in WeCom that nobody has joined to him."""
    listed = json.loads((resources.files("bot.sandbox") / "demo_directory.json").read_text("utf-8"))
    row = {"单位": "城管局", "姓名": "马昊", "职务": "科员", "手机号": "13900000017", "平台": "企业微信"}
    for known in listed:
        if known["姓名"] == deputy_of:
            known["B角"] = "马昊"
    await imported(play, folder, [*listed, row])
    wecom(play).tenant.users[NEWCOMER] = SandboxUser(NEWCOMER, "马昊")


async def imported(play: Play, folder: Path, rows: list[dict[str, object]]) -> None:
    path = folder / "人员.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")

    def write(session: Session) -> None:
        moment = Moment(business=play.sandbox.service.clock.now(), system=datetime.now(UTC))
        plan = importing.plan(session, read(path))
        importing.apply(session, plan, actor="demo", moment=moment, apps=apps)

    service = play.sandbox.service
    apps = {name: connector.app for name, connector in service.connectors.items()}
    await service.database.write(write)


async def newcomer_says(play: Play, text: str) -> None:
    play.mark()
    await wecom(play).say(NEWCOMER, None, text)
    await play.sandbox.settle()


async def newcomer_presses(play: Play, label: str) -> None:
    """The newest card of theirs with this button, as it was sent."""
    chat = wecom(play).direct_id(NEWCOMER)
    card = next(
        entry
        for entry in reversed(play.sandbox.journal.since())
        if entry.conversation_id == chat and entry.card and label in str(entry.card["buttons"])
    )
    assert card.card is not None
    labels = [button["label"] for button in card.card["buttons"]]
    play.mark()
    await wecom(play).press(NEWCOMER, card.message_id, labels.index(label))
    await play.sandbox.settle()


def to_newcomer(play: Play) -> Seen:
    """The only message; a press of the app's card is also answered with the beginning of it."""
    seen = play.seen("wecom", wecom(play).direct_id(NEWCOMER))
    assert len({each.text.splitlines()[0] for each in seen}) == 1, seen
    return seen[-1]


async def joined(play: Play, folder: Path) -> None:
    await hired(play, folder)
    await newcomer_says(play, "城管局 马昊")
    await play.press("王磊", "是的")


async def test_a_newcomer_names_themselves_and_the_liaison_says_who_it_is(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await play.at(11, 20, 11, 5)
        await hired(play, tmp_path)
        await newcomer_says(play, "你好")
        assert "还不知道您是哪位。请发单位和姓名，例如：城管局 王磊。" in to_newcomer(play)
        await newcomer_says(play, "城管局 马昊")
        assert "已请联络员王磊确认。" in to_newcomer(play)
        asked = play.one("王磊")
        assert asked.title == "请确认本单位人员"
        for words in ("姓名：马昊", "账号：企业微信 mahao"):
            assert words in asked, words
        assert asked.buttons == ("是的", "不是")
        assert not play.everybody_else("王磊")

        await play.press("王磊", "是的")
        bound = to_newcomer(play)
        assert bound.text.splitlines()[:3] == ["已绑定", "单位：城管局", "身份：经办人 马昊"]
        assert bound.buttons == ("怎么用",)


async def test_who_leaves_loses_their_rights_and_a_colleague_takes_all_at_once(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("王磊", "全部签收")
        await play.say("王磊", "T7给丁凯")
        await play.say("陈立", "请城管局11月26日前清运楼道大件垃圾")
        await play.press("陈立", "发出")
        await play.say("王磊", "T9签收，给丁凯")
        await joined(play, tmp_path)
        await play.at(11, 24, 0, 20)
        play.mark()
        await wecom(play).change_contact({"ChangeType": "delete_user", "UserID": "dingkai"})
        await play.sandbox.settle()
        assert not play.everybody_else()
        await play.say("丁凯", "T9 清了一半")
        assert "还不知道您是哪位" in play.one("丁凯")

        await play.at(11, 24, 8, 35)
        left = next(seen for seen in play.to("王磊") if seen.title.startswith("丁凯离岗"))
        assert "离岗：丁凯，2 项待联络员交接" in play.one("罗建")
        assert left.title == "丁凯离岗，2 项待交接"
        for words in ("T7：11月27日（周五）", "T9：11月26日（周四）", "交接前由您负责，提醒也发给您"):
            assert words in left, words
        assert left.buttons == ("我来办", "看清单")

        await play.say("王磊", "都给马昊")
        draft = play.one("王磊")
        assert draft.text.splitlines()[:4] == ["交接，请核对", "接手：马昊", "事项：T7、T9", "时限：不变"]
        assert draft.buttons == ("发出", "修改")
        await play.press("王磊", "发出")
        offered = to_newcomer(play)
        assert offered.title == "王磊交给您 2 项"
        assert "T9：11月26日（周四）" in offered
        assert "原经办人的记录和材料都在" in offered
        assert offered.buttons == ("接收", "有困难")

        await newcomer_presses(play, "有困难")
        assert to_newcomer(play).text == "有什么困难？写一句就行，会转给王磊。"
        assert not play.to("王磊")
        await newcomer_says(play, "手上已有三项")
        told = [seen.text for seen in play.to("王磊")]
        assert told == [f"马昊没有接 {name}（手上已有三项），仍由您负责。" for name in ("T7", "T9")]
        await play.say("王磊", "都给马昊")
        await play.press("王磊", "发出")
        await newcomer_presses(play, "接收")
        assert to_newcomer(play).text == "T7、T9 由您负责了，时限不变。"
        assert [seen.text for seen in play.to("王磊")] == ["T7 已由马昊接收。", "T9 已由马昊接收。"]
        await newcomer_says(play, "T9 清了一半")
        assert to_newcomer(play).title == "T9 进展已记"


async def test_a_weekly_matter_with_several_open_periods_is_handed_over_as_one(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("王磊", "全部签收")
        await play.say("王磊", "T7给丁凯")
        await joined(play, tmp_path)
        await play.at(12, 9, 0, 20)
        play.mark()
        await wecom(play).change_contact({"ChangeType": "delete_user", "UserID": "dingkai"})
        await play.sandbox.settle()

        await play.at(12, 9, 8, 35)
        left = next(seen for seen in play.to("王磊") if seen.title.startswith("丁凯离岗"))
        assert left.text.splitlines()[:2] == ["丁凯离岗，1 项待交接", "T7：3 期，最早 11月27日（周五）"]
        assert any("离岗：丁凯，1 项待联络员交接" in seen for seen in play.to("罗建"))
        await play.say("王磊", "都给马昊")
        assert "事项：T7" in play.one("王磊").text.splitlines()
        await play.press("王磊", "发出")
        assert to_newcomer(play).text.splitlines()[:2] == ["王磊交给您 1 项", "T7：每周五，3 期"]


async def test_without_a_liaison_the_head_is_asked_for_one_and_answers_for_the_unit(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("王磊", "全部签收")
        await joined(play, tmp_path)
        play.mark()
        await wecom(play).change_contact({"ChangeType": "delete_user", "UserID": "wanglei"})
        await play.sandbox.settle()
        left, named = play.to("罗建")
        assert named.title == "城管局暂无联络员，请指定"
        assert left.title == "王磊离岗，1 项待交接"
        assert "T7：11月27日（周五）" in left
        await play.say("陈立", "请城管局11月26日前清运楼道大件垃圾")
        await play.press("陈立", "发出")
        assert play.one("罗建").title == "T9 请城管局牵头"
        await play.say("罗建", "都给马昊")
        await play.press("罗建", "发出")
        await newcomer_presses(play, "接收")
        assert play.one("罗建").text == "T7 已由马昊接收。"


async def test_what_waits_for_a_head_who_left_goes_to_the_deputy(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("王磊", "全部签收")
        await hired(play, tmp_path, deputy_of="罗建")
        await newcomer_says(play, "城管局 马昊")
        await play.press("王磊", "是的")
        await play.say("王磊", "T7 社区办、物业协会不需配合")
        await play.say("王磊", "T7给丁凯")
        await play.say("丁凯", "T7 报结")
        await play.press("丁凯", "提交")
        assert play.one("罗建").title == "请您审核：T7 报出"
        play.mark()
        await wecom(play).change_contact({"ChangeType": "delete_user", "UserID": "luojian"})
        await play.sandbox.settle()
        asked = to_newcomer(play)
        assert asked.title == "罗建离岗，请您审核"
        assert "T7：报出" in asked
        assert "由 B 角马昊代行负责人，待审核的 1 件已转过去" in play.one("陈立")
        await newcomer_presses(play, "同意")
        assert play.one("陈立").title == "城管局 T7 报结，请审核"


async def test_a_number_that_two_people_have_is_asked_about_and_never_merged(tmp_path: Path) -> None:
    async with played(tmp_path, starts_at=END_OF_YEAR) as play:
        feishu = play.sandbox.world.stand_ins["feishu"]
        assert isinstance(feishu, FeishuStandIn)
        play.mark()
        await feishu.change_mobile(play.sandbox.world.named("秦月").key, "+8613900006613")
        await play.sandbox.settle()
        asked = play.one("钱坤")
        assert asked.text.splitlines() == [
            "号码对应不上，请核实",
            "号码：尾号 6613",
            "原属：环保局 高宁",
            "现报：社区办 秦月（飞书）",
            "没有自动合并，两人的账号和权限都没动。",
        ]
        assert asked.buttons == ("归秦月", "都不动")
        confirm = play.one("许静")
        assert confirm.text.splitlines() == ["请确认", "秦月：新号尾号 6613"]
        assert confirm.buttons == ("属实", "不是")
        assert not play.everybody_else("钱坤", "许静")

        await play.press("许静", "属实")
        assert play.one("钱坤").text == "许静答复：秦月新号尾号 6613，属实。"
        await play.press("钱坤", "归秦月")
        assert "尾号 6613已归社区办 秦月" in play.one("钱坤").text
        await play.say("高宁", "我的")
        assert play.one("高宁").text
        await play.say("秦月", "我的")
        assert play.one("秦月").text
        assert not play.everybody_else("秦月")


async def test_a_number_of_an_import_that_is_somebody_elses_is_asked_about_as_well(tmp_path: Path) -> None:
    async with played(tmp_path, starts_at=END_OF_YEAR) as play:
        play.mark()
        await imported(play, tmp_path, [{"单位": "社区办", "姓名": "秦月", "手机号": "13900006613"}])
        await play.sandbox.settle()
        asked = play.one("钱坤")
        assert asked.text.splitlines()[:4] == [
            "号码对应不上，请核实",
            "号码：尾号 6613",
            "原属：环保局 高宁",
            "现报：社区办 秦月（导入）",
        ]
        assert play.one("许静").text.splitlines() == ["请确认", "秦月：新号尾号 6613"]
        assert not play.everybody_else("钱坤", "许静")
        await play.press("许静", "不是")
        await play.press("钱坤", "归秦月")
        assert "许静说这不是秦月的号码，没有动" in play.one("钱坤").text
        await play.press("钱坤", "都不动")
        assert "尾号 6613仍是环保局 高宁的" in play.one("钱坤").text
        for name in ("高宁", "秦月"):
            await play.say(name, "我的")
            assert play.one(name).text
