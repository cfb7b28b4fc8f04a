"""A unit that does not agree with what it was given says so on the card, and hears the answer."""

from pathlib import Path

from tests.stories.play import played
from tests.stories.test_first_day import dispatched, signed_and_specified


async def test_an_objection_travels_to_the_office_in_the_units_words_and_back(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("王磊", "有异议")
        assert play.one("王磊").text == "对 T7 有什么异议？写一句理由就行，会原话送督查室。"
        await play.say("王磊", "每周查一次人手不够，想先查六个小区")
        asked = play.one("陈立")
        assert asked.title == "T7 城管局有异议，请定"
        assert "理由：每周查一次人手不够，想先查六个小区" in asked
        assert asked.buttons == ("维持", "调整时限", "终止")
        assert "答复之前先按原分工办，时限 11月27日（周五），不变。" in play.one("王磊")
        assert not play.everybody_else("王磊", "陈立")

        await play.press("陈立", "维持")
        await play.say("陈立", "第一个月先按每周查，月底再看")
        heard = play.one("王磊")
        assert heard.text.splitlines() == [
            "T7 维持原分工",
            "答复：督查室",
            "理由：第一个月先按每周查，月底再看",
            "时限：11月27日（周五），不变",
        ]
        assert heard.buttons == ("签收",)
        await play.press("王磊", "签收")
        assert play.one("王磊").title == "已签收 1 项"
        await play.press("陈立", "维持", title="T7 城管局有异议")
        assert play.one("陈立").text.startswith("T7 城管局的异议已由陈立于11月23日（周一）")


async def test_of_four_matters_the_one_objected_to_is_asked_for(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("李娜", "有异议")
        assert "是哪一项？" in play.one("李娜")
        assert play.one("李娜").buttons == ("T1", "T2", "T3")
        await play.press("李娜", "T2")
        await play.say("李娜", "宣传材料去年已经印过，应由社区办发")
        assert "理由：宣传材料去年已经印过，应由社区办发" in play.one("陈立")
        await play.say("李娜", "撤回")
        assert play.one("陈立").text == "李娜撤回了环保局对 T2 的异议，不用再看。"
        await play.press("陈立", "维持")
        assert "已经撤回" in play.one("陈立")


async def test_a_limit_is_talked_over_with_the_unit_that_set_it_on_another_platform(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.press("王磊", "商量时限", title="T1 请城管局配合")
        assert play.one("王磊").text.startswith("T1 现在的时限是 12月9日（周三），想改到哪一天？")
        await play.say("王磊", "12月11日")
        assert play.one("王磊").text == "T1 为什么要改？写一句就行，会原话转告。"
        await play.say("王磊", "法规科这周都在听证会上")
        asked = play.one("高宁")
        assert asked.title == "T1 城管局商量时限"
        assert {"现时限：12月9日（周三）", "改到：12月11日（周五）"} <= set(asked.text.splitlines())
        assert "理由：法规科这周都在听证会上" in asked
        assert asked.buttons == ("同意", "维持原定")
        assert "答复之前时限不变" in play.one("王磊")
        assert not play.everybody_else("王磊", "高宁")

        await play.press("高宁", "同意")
        heard = play.one("王磊")
        assert heard.text.splitlines()[:3] == [
            "T1 时限已改",
            "时限：12月11日（周五），原 12月9日（周三）",
            "答复：环保局同意",
        ]
        await play.press("王磊", "签收", title="T1 时限已改")
        assert play.one("王磊").title == "已签收 1 项"
        assert "12月11日（周五）" in play.one("王磊")
