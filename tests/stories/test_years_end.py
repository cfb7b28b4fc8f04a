"""Which days are worked: a year without a calendar, its 放假安排, and the days off.

The initiative begins on 28 December here, so that few days pass; its dates are later than the case's.
"""

from datetime import datetime
from pathlib import Path

from commands.calendar import SHANGHAI
from tests.stories.play import Play, played
from tests.stories.test_first_day import dispatched

END_OF_YEAR = datetime(2026, 12, 28, 8, 40, tzinfo=SHANGHAI)  #: opened then: nothing happened before


async def at_the_end_of_the_year(play: Play) -> None:
    """丁凯 has T7 and T9, 秦月 has T4 and T10."""
    await play.say("陈立", "新建专项垃圾分类，环保局牵头，今天启动", file=play.sandbox.sample)
    await play.press("陈立", "都按周五")
    await play.say("陈立", "下发 依据市政办发〔2026〕31号")
    for name in ("李娜", "王磊", "许静", "吴桐"):
        await play.press(name, "全部签收")
    await play.say("王磊", "T7给丁凯")
    await play.say("许静", "T4给秦月")
    for words in ("请城管局1月5日前清运楼道大件垃圾", "请社区办1月5日前报入户情况"):
        await play.say("陈立", words)
        await play.press("陈立", "发出")
    await play.say("王磊", "T9签收，给丁凯")
    await play.say("许静", "T10签收，给秦月")


async def test_a_year_without_a_calendar_is_said_aloud(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.at(11, 30, 18)
        await play.at(12, 1, 9)
        for name in ("钱坤", "陈立"):
            warning = next(seen for seen in play.to(name) if seen.title == "还没有 2027 年工作日历")
            assert "T4 暂定 2027年1月5日（周二）" in warning
            assert "跨年的时限都标“暂定”" in warning
            assert warning.buttons == ("知道了",)
        assert not any("日历" in seen for seen in play.to("李娜"))
        await play.press("钱坤", "知道了")
        assert play.one("钱坤").text == "好。"
        assert not play.everybody_else("钱坤")
        for day in (7, 14):
            await play.at(12, day, 8, 30)
            await play.at(12, day, 8, 35)
            for name in ("钱坤", "陈立"):
                (card,) = [seen for seen in play.to(name) if "日历" in seen]
                assert "日历：还没有 2027 年的，1 项时限暂定" in card
                assert card.title != "还没有 2027 年工作日历"
        await play.at(12, 15, 8, 35)
        assert not any("日历" in seen for seen in play.to("陈立"))


async def test_a_sentence_tells_the_days_off_and_nothing_is_sent_on_them(tmp_path: Path) -> None:
    async with played(tmp_path, starts_at=END_OF_YEAR) as play:
        await at_the_end_of_the_year(play)
        await play.at(12, 28, 10)
        await play.say("钱坤", "2027年1月1日到3日放假，1月4日上班")
        draft = play.one("钱坤")
        assert draft.title == "放假安排，请核对"
        for words in (
            "1月1日（周五）—1月3日（周日）",
            "补班：无",
            "去掉“暂定”",
            "T6 T7 T8 本期到 1月4日（周一）",
        ):
            assert words in draft, words
        assert draft.buttons == ("写入", "修改")
        await play.press("钱坤", "写入")
        assert "元旦安排已更新，8 项受影响，时限都已写明。" in play.one("陈立")
        assert play.one("钱坤").buttons == ("撤回",)

        await play.at(12, 28, 10, 5)
        await play.say("陈立", "T4")
        assert "暂定" not in play.one("陈立")
        await play.press("钱坤", "撤回")
        assert play.one("钱坤").text == "元旦安排已撤回，8 项的时限恢复原样。"
        assert play.one("陈立").text == "元旦安排已撤回，8 项的时限恢复原样。"
        await play.say("陈立", "T4")
        assert "暂定" in play.one("陈立")
        await play.say("钱坤", "2027年1月1日到3日放假，1月4日上班")
        await play.press("钱坤", "写入")
        assert "8 项受影响" in play.one("陈立")

        await play.at(12, 30, 18)
        await play.at(12, 31, 8, 35)
        card = play.one("秦月")
        assert card.title == "今日待办 12月31日（周四）"
        assert "节后：T10 1月5日（周二），第 2 个工作日" in card
        assert "顺延：T7，本期到 1月4日（周一）" in play.one("丁凯")

        await play.at(12, 31, 19)
        await play.at(1, 2, 20, 10, year=2027)
        assert not play.everybody_else()
        await play.say("秦月", "T10已入户1180户")
        assert play.one("秦月").text.splitlines()[:3] == [
            "T10 进展已记",
            "内容：已入户1180户",
            "时限：1月5日（周二），正常",
        ]
        assert not play.everybody_else("秦月")
        await play.at(1, 3, 23, year=2027)
        assert not play.everybody_else()
        await play.at(1, 4, 8, 35, year=2027)
        for name in ("丁凯", "秦月", "李娜", "吴桐"):
            assert "1月4日（周一）" in play.one(name).title


async def test_only_what_is_marked_urgent_is_reminded_of_on_a_day_off(tmp_path: Path) -> None:
    async with played(tmp_path, starts_at=END_OF_YEAR) as play:
        await at_the_end_of_the_year(play)
        await play.say("钱坤", "2027年1月1日到3日放假，1月4日上班")
        await play.press("钱坤", "写入")
        for number in (11, 12):
            await play.say("陈立", "请城管局12月31日前清运楼道大件垃圾")
            await play.press("陈立", "发出")
            await play.say("王磊", f"T{number}签收，给丁凯")
        await play.say("陈立", "T11 特急")
        assert play.one("陈立").text == "T11 已列为特急，双休日、节假日和免打扰时段也提醒。"
        assert play.one("丁凯").text.startswith("督查室：T11 ")
        assert not play.everybody_else("陈立", "丁凯", "王磊")

        await play.at(12, 31, 19)
        await play.at(1, 1, 9, year=2027)
        card = play.one("丁凯")
        assert card.text.splitlines() == ["今日待办 1月1日（周五）", "逾期：T11 清运楼道大件垃圾，已过时限"]
        assert not play.everybody_else("丁凯", "王磊")
        await play.at(1, 4, 8, 35, year=2027)
        for words in ("T11", "T12", "今天：T7"):
            assert words in play.to("丁凯")[-1], words
