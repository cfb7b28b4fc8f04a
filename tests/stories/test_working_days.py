"""The working days of the case: progress, a report past the head to the lead on another platform, with
its file, a supplement, and what is not said in groups."""

from pathlib import Path

from connectors.sandbox.journal import Upload
from tests.stories.play import Play, played

OPINION = Upload("执法意见.docx", b"PK\x03\x04 opinion")
SECOND = Upload("执法意见2.docx", b"PK\x03\x04 opinion, with the shops")


async def handed_on(play: Play) -> None:
    """丁凯 of 城管局 does its part of T1, which 高宁 of 环保局 leads."""
    await play.at(11, 23, 8, 40)
    await play.say("陈立", "新建专项垃圾分类，环保局牵头，今天启动", file=play.sandbox.sample)
    await play.press("陈立", "都按周五")
    await play.say("陈立", "下发 依据市政办发〔2026〕31号")
    await play.press("李娜", "全部签收")
    await play.say("李娜", "T1T2给高宁")
    await play.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
    await play.press("高宁", "发出")
    await play.say("王磊", "T1、T7 城管局签收，都给丁凯", group=True)


async def test_progress_is_echoed_where_it_was_said_and_reaches_nobody_else(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await handed_on(play)
        await play.at(11, 24, 9, 20)
        await play.say("丁凯", "T7 清了六条巷，还剩北门两条", group=True)
        (echo,) = play.group("wecom")
        assert echo.title == "T7 进展已记"
        assert "清了六条巷，还剩北门两条" in echo
        assert "11月27日（周五），正常" in echo
        assert not play.everybody_else()


async def test_a_report_passes_the_head_and_reaches_the_lead_with_its_file(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await handed_on(play)
        await play.at(12, 9, 10, 40)
        await play.say("丁凯", "", file=OPINION)
        await play.say("丁凯", "T1 办好了")
        draft = play.one("丁凯")
        assert draft.title == "T1 报结，请核对"
        for words in ("执法意见.docx", "罗局 审核", "环保局 高宁 确认"):
            assert words in draft, words
        assert not play.everybody_else("丁凯")

        await play.press("丁凯", "提交")
        asked = play.to("罗建")[-1]
        assert asked.title == "请您审核：T1 报出"
        assert asked.buttons == ("同意报出", "退改")
        assert not play.to("高宁")

        await play.at(12, 9, 10, 55)
        await play.press("罗建", "同意报出")
        reported = next(seen for seen in play.to("高宁") if seen.title)
        assert reported.title == "城管局已报 T1 配合"
        assert "12月9日（周三）10:55，按时" in reported
        assert play.files_to("高宁") == ["执法意见.docx"]
        assert "罗局已同意，T1 已送环保局。" in play.one("丁凯")


async def test_a_supplement_keeps_the_time_of_the_first_report(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await handed_on(play)
        await play.at(12, 9, 10, 55)
        await play.say("丁凯", "T1 办好了", file=OPINION)
        await play.press("丁凯", "提交")
        await play.press("罗建", "同意报出")
        await play.at(12, 9, 11, 30)
        await play.press("高宁", "请补充")
        assert "缺什么？写一句就行。" in play.one("高宁")
        await play.say("高宁", "缺沿街商户部分")
        for name in ("丁凯", "王磊"):
            more = play.one(name)
            assert more.title == "T1 请补充"
            for words in ("缺沿街商户部分", "12月11日（周五）", "原报出时间 12月9日（周三）10:55 保留"):
                assert words in more, words

        await play.at(12, 9, 15, 10)
        await play.say("丁凯", "T1补好了", file=SECOND)
        assert "已送环保局高宁" in play.to("丁凯")[-1]
        assert play.files_to("高宁") == ["执法意见2.docx"]

        await play.press("高宁", "确认")
        assert "T1 配合已由环保局确认，按时，补充 1 次。" in play.one("丁凯")


async def test_what_is_not_theirs_to_pass_is_answered_privately(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await handed_on(play)
        await play.at(11, 24, 17, 6)
        await play.say("丁凯", "T7 通过", group=True)
        assert not play.group("wecom")
        answer = play.one("丁凯")
        assert answer.title == "T7 由督查室审核"
        assert "本期还没报结，11月27日（周五）到时" in answer
        assert answer.buttons == ("报结",)

        await play.say("王磊", "听说环保局那个标准早弄完了", group=True)
        assert not play.group("wecom")
        assert not play.everybody_else()


async def test_the_office_passes_and_every_platform_reads_it(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await handed_on(play)
        for name in ("王磊", "李娜", "许静"):
            await play.say(name, "本群用于垃圾分类", group=True)
            await play.press("陈立", "确认")
        await play.at(11, 24, 10)
        await play.say("李娜", "T3 社区办不需配合")
        await play.say("李娜", "T3 报结")
        await play.press("李娜", "提交")
        await play.press("何川", "同意报出")
        assert play.to("陈立")[-1].title == "环保局 T3 报结，请审核"
        await play.press("陈立", "通过")
        for platform in ("dingtalk", "wecom", "feishu"):
            assert any("T3 已办结" in seen for seen in play.group(platform)), platform
