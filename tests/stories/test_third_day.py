"""The leader's Friday, and the first four weeks' figures from counting to 为什么我们是B.

The demo publishes without asking the leader; where he is asked, the sandbox is opened so. Few matters were
due: most units have too few for a band.
"""

from pathlib import Path

from tests.stories.play import Play, Seen, played
from tests.stories.test_first_day import dispatched

PERIOD = "时段：11月23日—12月18日"


async def first_week(play: Play) -> None:
    """城管局 reports its weekly matter in time; nobody else reports theirs."""
    await dispatched(play)
    for name in ("李娜", "王磊", "许静", "吴桐"):
        await play.press(name, "全部签收")
    await play.say("李娜", "T1 社区办12月9号前给小区底数")
    await play.press("李娜", "发出")
    await play.press("许静", "签收")
    await play.say("王磊", "T7 社区办、物业协会不需配合")
    await play.at(11, 27, 15)
    await play.say("王磊", "T7 报结")
    await play.press("王磊", "提交")
    await play.press("罗建", "同意报出")
    await play.press("陈立", "通过")


async def test_the_leader_reads_one_short_text_on_friday_and_the_secretary_the_same(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await first_week(play)
        await play.at(11, 27, 16)
        assert not play.to("周明")
        await play.at(11, 27, 16, 30)
        week = play.one("周明")
        for words in (
            "周副市长：垃圾分类本周情况（11月23日至27日）。",
            "完成：违规投放执法检查办结。",
            "需关注：没有逾期。",
        ):
            assert words in week, words
        assert len(week.text) <= 300
        assert not any(f"T{number}" in week for number in range(1, 10))
        assert "已阅" in week.buttons
        secretary = play.one("唐宁")
        assert secretary.text == week.text
        assert not play.everybody_else("周明", "唐宁")

        await play.press("周明", "已阅")
        assert not play.everybody_else("周明")
        await play.say("周明", "按督查室意见办，城管抓紧，下周三前清完")
        kept = play.one("周明")
        assert kept.title == "已记您的意见"
        assert "原话：按督查室意见办，城管抓紧，下周三前清完" in kept
        assert kept.buttons == ("撤回",)
        asked = play.one("陈立")
        assert "「按督查室意见办，城管抓紧，下周三前清完」" in asked
        assert "拟原话转给：城管局。" in asked
        assert "提到12月2日（周三）" in asked
        assert asked.buttons == ("转发", "不转发")
        assert not play.everybody_else("周明", "陈立", "赵敏")

        await play.press("陈立", "转发")
        for name in ("罗建", "王磊"):
            assert play.one(name).text.splitlines() == [
                "周副市长意见（11月27日（周五））：",
                "「按督查室意见办，城管抓紧，下周三前清完」",
                "督查室原话转达，请抓好落实。",
            ]
        assert play.one("赵敏").text == "陈立已把周副市长意见原话转给城管局，不用再转。"
        assert not play.everybody_else("陈立", "赵敏", "罗建", "王磊")
        await play.at(12, 3, 16, 30)
        assert not play.to("周明")


async def test_four_weeks_are_counted_checked_published_and_explained(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await first_week(play)
        await play.at(12, 20, 12)
        await play.at(12, 21, 9)
        for name, own in (("许静", "1 件，按时 0 件（社区办）"), ("罗建", "4 件，按时 1 件（城管局）")):
            figures = next(seen for seen in play.to(name) if seen.title == "协作数据请核对")
            for words in (PERIOD, own, "请在 12月23日（周三）18:00 前核对，过时按无异议"):
                assert words in figures, words
            assert figures.buttons == ("逐件看", "无异议", "有异议")
        assert "逾期：T8 李娜（4 期）、T1 李娜" in play.to("李娜")[0]
        assert not any("协作数据" in seen for name in ("丁凯", "陈立", "周明") for seen in play.to(name))

        await play.at(12, 22, 10)
        await play.say("方志", "T6第2期不该算我们晚，城管局当天才给点位")
        assert "已记异议，T6 第 2 期 先不计，督查室 12月24日（周四）前答复。" in play.one("方志")
        asked = play.one("陈立")
        assert "物业协会 方志" in asked
        assert asked.buttons == ("不计入", "维持")
        assert not play.everybody_else("方志", "陈立")
        await play.at(12, 23, 10)
        await play.press("陈立", "不计入")
        for name in ("方志", "吴桐"):
            assert "T6 第 2 期 核实，不计入。" in play.one(name)

        await play.at(12, 24, 9)
        await play.at(12, 24, 9, 5)
        for platform in ("dingtalk", "wecom", "feishu"):
            published = play.group(platform)[0]
            assert published.title == "垃圾分类部门协作情况（第一期）"
            for words in (PERIOD, "A 档：环保局", "样本不足：城管局、社区办、物业协会", "同档按机构序"):
                assert words in published, words
        assert not play.everybody_else()

        await play.say("方志", "为什么我们是B")
        why = play.one("方志")
        assert why.title == "物业协会 样本不足"
        assert "3 件，0 件按时，3 件晚" in why
        assert why.buttons == ("逐件看", "看算法", "有异议")
        await play.press("方志", "看算法")
        # One period late by one of five planned days counts 1 − 1 ÷ 3, the others 0; one is left out.
        assert "按时 (0.667+8×0.26)÷(3+8)=0.250" in play.one("方志")
        assert "指数 100×(0.30×0.250+0.20×1.000)÷0.50=55.0" in play.one("方志")
        await play.press("方志", "逐件看")
        assert "T6 第 2 期 指导居民正确投放" in play.one("方志")
        await play.say("周明", "哪家最慢")
        assert "单看四周数据，还不足以说哪家慢" in play.one("周明")


def published(play: Play) -> list[Seen]:
    """The figures, in whichever groups they were sent to in this beat."""
    every = [seen for platform in ("dingtalk", "wecom", "feishu") for seen in play.group(platform)]
    return [seen for seen in every if "部门协作情况" in seen.title]


async def waiting_for_the_leader(play: Play) -> None:
    """Friday 25 December, 16:30: the first period is checked and he has been told that it waits."""
    await first_week(play)
    await play.at(12, 21, 9)
    await play.at(12, 24, 9, 5)
    assert not published(play)
    await play.at(12, 24, 16, 30)
    assert play.one("周明").text == "周副市长：\n请您定 1 件：第一期协作情况是否发布。"
    await play.at(12, 25, 16, 30)
    week = play.one("周明")
    assert "请您定 1 件：第一期协作情况是否发布。" in week
    assert week.buttons == ("看发布", "已阅")
    assert play.one("唐宁").buttons == ()


async def test_the_leader_puts_it_off_and_then_lets_the_figures_out(tmp_path: Path) -> None:
    async with played(tmp_path, publish="leader") as play:
        await waiting_for_the_leader(play)
        await play.at(12, 25, 16, 55)
        await play.press("周明", "看发布")
        card = play.one("周明")
        assert card.title == "请您审定：第一期协作情况"
        for words in (
            "A 档：环保局",
            "样本不足：城管局",
            "异议：没有",
            "发布到：3 个工作群，12月28日（周一）",
        ):
            assert words in card, words
        assert card.buttons == ("同意发布", "发各单位", "暂缓")
        assert not play.everybody_else("周明")

        await play.press("周明", "暂缓")
        assert play.one("周明").text == "第一期协作情况暂缓发布。要再看请说“看发布”。"
        assert play.one("陈立").text == "周副市长：第一期协作情况暂缓发布。要再看请说“看发布”。"
        assert not play.everybody_else("周明", "陈立")
        await play.at(12, 28, 9, 5)
        assert not published(play)

        await play.say("周明", "看发布")
        await play.press("周明", "同意发布")
        assert play.one("周明").text == "同意发布第一期协作情况，12月29日（周二）发到 3 个工作群。"
        assert play.one("陈立").text.startswith("周副市长：同意发布第一期协作情况")
        await play.at(12, 29, 8)
        assert not published(play)
        await play.at(12, 29, 9, 5)
        assert [seen.title for seen in published(play)] == ["垃圾分类部门协作情况（第一期）"] * 3


async def test_the_office_records_the_leaders_telephone_call_and_he_may_say_it_is_wrong(
    tmp_path: Path,
) -> None:
    async with played(tmp_path, publish="leader") as play:
        await waiting_for_the_leader(play)
        await play.at(12, 25, 17, 5)
        await play.say("赵敏", "代录 周副市长电话同意发布第一期")
        card = play.one("赵敏")
        assert card.text.splitlines() == [
            "代录，请核对",
            "领导：周副市长",
            "意见：同意发布第一期",
            "方式：电话",
        ]
        assert card.buttons == ("记录", "修改")
        assert not play.everybody_else("赵敏")

        await play.press("赵敏", "记录")
        assert play.one("赵敏").text == "已记：周副市长同意发布第一期协作情况，已告知周副市长。"
        told = play.one("周明")
        assert told.text == "赵敏代您记录：电话同意发布第一期协作情况。"
        assert told.buttons == ("有误",)

        await play.press("周明", "有误")
        assert "已撤掉这条代录，第一期协作情况回到待您审定" in play.one("周明")
        for name in ("赵敏", "陈立"):
            assert "周副市长说代录有误：第一期协作情况回到待审定" in play.one(name)
        await play.at(12, 28, 9, 5)
        assert not published(play)

        await play.press("周明", "看发布")
        await play.press("周明", "发各单位")
        assert play.one("周明").text == "第一期协作情况只发各单位，各看各的，不在群里发布。"
        assert play.one("罗建").title == "城管局 样本不足"
        assert play.one("方志").title == "物业协会 样本不足"
        await play.at(12, 29, 9, 5)
        assert not published(play)
