"""A handler's day in the middle of December: 丁凯 of 城管局 has five matters, one of them not his own.

His other matters are given out as T9, T10 and T11; what the papers of the case call T21, T22, T33.
"""

from pathlib import Path

from connectors.sandbox.journal import Upload
from tests.stories.play import Play, played
from tests.stories.test_working_days import OPINION, SECOND, handed_on

GIVEN = (
    "请城管局12月18日前完成背街小巷清理",
    "请城管局12月16日前报占道经营点位",
    "请城管局12月11日前完成招牌评估",
)
HOUSEHOLDS = Upload("北门住户.xlsx", b"PK\x03\x04 households")


async def with_five_matters(play: Play) -> None:
    await handed_on(play)
    for name in ("王磊", "李娜", "许静"):
        await play.say(name, "本群用于垃圾分类", group=True)
        await play.press("陈立", "确认")
    for words in GIVEN:
        await play.say("陈立", words)
        await play.press("陈立", "发出")
    await play.say("王磊", "T9、T10、T11签收，都给丁凯")


async def weekly_reports_passed(play: Play) -> None:
    await play.say("丁凯", "T7 社区办、物业协会不需配合")
    for month, day in ((11, 27), (12, 4)):
        await play.at(month, day, 15)
        await play.say("丁凯", "T7 报结")
        await play.press("丁凯", "提交")
        await play.press("罗建", "同意报出")
        await play.press("陈立", "通过")


async def blocked(play: Play) -> None:
    await with_five_matters(play)
    await play.at(12, 9, 9, 30)
    await play.say("丁凯", "T9卡住了，等社区办给北门两条巷的住户名单")
    await play.press("丁凯", "明天中午")
    await play.press("丁凯", "发出")


async def test_the_morning_card_says_what_is_today_this_week_and_later(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_five_matters(play)
        await weekly_reports_passed(play)
        await play.at(12, 8, 18)
        await play.at(12, 9, 8, 35)
        mine = play.one("丁凯")
        assert mine.text.splitlines()[:5] == [
            "今日待办 12月9日（周三）",
            "今天：T1 配合环保局，给执法意见",
            "周五：T7 违规投放执法检查、T11 招牌评估",
            "以后：T10 12月16日（周三）",
            "以后：T9 12月18日（周五）",
        ]
        assert mine.buttons == ("看全部",)
        unit = play.one("王磊")
        assert unit.text.splitlines()[:3] == ["城管局 12月9日（周三）", "今天：T1 丁凯", "逾期：无"]
        assert not play.to("罗建")


async def test_progress_said_in_the_group_is_kept_in_the_words_it_was_said_in(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_five_matters(play)
        await play.at(11, 24, 9, 20)
        await play.say("丁凯", "T9 清了六条巷，还剩北门两条", group=True)
        (echo,) = play.group("wecom")
        assert echo.text.splitlines()[:3] == [
            "T9 进展已记",
            "内容：清了六条巷，还剩北门两条",
            "时限：12月18日（周五），正常",
        ]
        assert echo.buttons == ("更正", "撤回")
        assert not play.everybody_else()
        assert not play.group("dingtalk")
        assert not play.group("feishu")


async def test_who_is_stuck_asks_another_unit_in_the_name_of_the_office(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_five_matters(play)
        await play.at(12, 9, 9, 30)
        await play.say("丁凯", "T9卡住了，等社区办给北门两条巷的住户名单")
        asked = play.one("丁凯")
        assert asked.text.splitlines() == ["【T9 等社区办】", "要什么：北门两条巷的住户名单", "哪天要？"]
        assert asked.buttons == ("今天下班", "明天中午", "周五下班")
        assert not play.everybody_else("丁凯")

        await play.press("丁凯", "明天中午")
        draft = play.to("丁凯")[-1]
        assert draft.text.splitlines() == [
            "商请社区办，请核对",
            "要什么：北门两条巷的住户名单",
            "时限：12月10日（周四）12:00",
            "署名：督查室转城管局商请",
            "名单含个人信息，只发到您私聊。",
        ]
        assert draft.buttons == ("发出", "修改")
        assert not play.everybody_else("丁凯")

        await play.press("丁凯", "发出")
        assert "已发许静。T9 是否暂停计时，由督查室定，定了告诉您。" in play.one("丁凯")
        request = play.one("许静")
        assert request.text.splitlines() == [
            "督查室转：城管局商请协助",
            "事由：T9 背街小巷清理",
            "要什么：北门两条巷的住户名单",
            "时限：12月10日（周四）12:00",
        ]
        assert request.buttons == ("可以", "有条件", "暂不能")
        decision = play.one("陈立")
        assert decision.text.splitlines() == [
            "T9 受阻，请定",
            "单位：城管局，等社区办",
            "时限：12月18日（周五）",
        ]
        assert decision.buttons == ("暂停计时", "照常计时")
        assert not play.everybody_else("丁凯", "许静", "陈立")
        assert not any(play.group(platform) for platform in ("dingtalk", "wecom", "feishu"))


async def test_the_other_unit_answers_and_gives_and_the_office_keeps_the_clock(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await blocked(play)
        await play.at(12, 9, 9, 50)
        await play.press("许静", "可以")
        assert "已告知城管局丁凯。文件请私聊发我，写上 T9。" in play.one("许静")
        assert "社区办许静答复：可以，12月10日（周四）12:00 前给。" in play.one("丁凯")
        await play.press("陈立", "照常计时")
        assert "T9 照常计时，时限 12月18日（周五）。社区办若晚给，晚几天顺延几天。" in play.one("丁凯")
        assert not play.everybody_else("陈立", "丁凯")

        await play.at(12, 10, 11, 20)
        await play.say("许静", "给T9", file=HOUSEHOLDS)
        assert any("已转城管局丁凯。" in seen for seen in play.to("许静"))
        given = next(seen for seen in play.to("丁凯") if seen.title)
        assert given.text.splitlines()[:2] == ["社区办已提供 T9 材料", "时间：12月10日（周四）11:20，按时"]
        assert given.buttons == ("够用了", "请补充")
        assert play.files_to("丁凯") == ["北门住户.xlsx"]
        assert not play.everybody_else("许静", "丁凯")
        assert not any(play.group(platform) for platform in ("dingtalk", "wecom", "feishu"))


async def test_a_later_date_passes_the_head_and_the_office_and_the_first_one_stays_said(
    tmp_path: Path,
) -> None:
    async with played(tmp_path) as play:
        await with_five_matters(play)
        await play.at(12, 9, 14, 20)
        await play.say("丁凯", "T11延到下周三，专家没定下来")
        draft = play.one("丁凯")
        assert draft.text.splitlines()[:6] == [
            "T11 申请延期，请核对",
            "原时限：12月11日（周五）",
            "延到：12月16日（周三），3 个工作日",
            "理由：专家没定下来",
            "次数：第 1 次",
            "流程：罗局审核，督查室定",
        ]
        assert draft.buttons == ("提交", "修改")
        assert not play.everybody_else("丁凯")

        await play.press("丁凯", "提交")
        assert play.to("罗建")
        assert not play.to("陈立")
        await play.press("罗建", "同意报出")
        asked = play.one("陈立")
        assert asked.text.splitlines() == [
            "城管局申请 T11 延期",
            "原时限：12月11日（周五）",
            "延到：12月16日（周三），第 1 次",
            "理由：专家没定下来",
        ]
        assert asked.buttons == ("同意", "不同意", "改日期")

        await play.at(12, 9, 15, 40)
        await play.press("陈立", "同意")
        for name in ("丁凯", "王磊"):
            assert "T11 延期已同意：12月16日（周三），原 12月11日（周五）。" in play.one(name)
        assert not any(play.group(platform) for platform in ("dingtalk", "wecom", "feishu"))


async def test_one_text_is_the_log_and_the_progress_and_both_can_be_taken_back(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_five_matters(play)
        await weekly_reports_passed(play)
        await play.at(12, 9, 16, 50)
        await play.say("丁凯", "日报：上午T7查了12处、劝导9起；下午补T1材料；明天去北门", group=True)
        (kept,) = play.group("wecom")
        assert kept.title == "日报已记 12月9日（周三）"
        assert kept.text.splitlines()[1:] == [
            "T7：检查 12 处，劝导 9 起",
            "T1：补材料",
            "明天：去北门",
            "T7、T1 进展已一并更新，不用再报。",
        ]
        assert kept.buttons == ("更正", "撤回")

        await play.at(12, 9, 16, 52)
        await play.say("丁凯", "刚才那条不算", group=True)
        (undone,) = play.group("wecom")
        assert undone.text == "已撤回 16:50 的日报和 T7、T1 进展。"
        await play.say("丁凯", "日报：上午T7查了13处、劝导9起；下午补T1材料；明天去北门", group=True)
        assert "T7：检查 13 处，劝导 9 起" in play.group("wecom")[0]

        await play.at(12, 9, 17)
        assert not play.to("丁凯")
        for name in ("李娜", "高宁"):
            assert "还没收到您的进展或日报" in play.one(name)
        assert not play.group("wecom")

        await play.at(12, 9, 17, 6)
        await play.say("丁凯", "T7 通过", group=True)
        assert not play.group("wecom")
        answer = play.one("丁凯")
        assert answer.title == "T7 由督查室审核"
        assert answer.text.splitlines()[1:] == [
            "现状：本期还没报结，12月11日（周五）到时",
            "本单位报的，不由本单位审核。要报结请说“T7 报结”，并把材料发给我。",
        ]
        assert answer.buttons == ("报结",)
        await play.say("陈立", "谁没交日报")
        missing = play.one("陈立")
        assert missing.title == "没交日报 12月9日（周三）"
        assert "环保局：2 人，李娜、高宁" in missing
        assert "丁凯" not in missing


async def test_a_part_handed_in_and_asked_for_more_keeps_its_first_time(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_five_matters(play)
        await weekly_reports_passed(play)
        await play.at(12, 9, 10, 40)
        await play.say("丁凯", "T1 办好了", file=OPINION)
        draft = play.to("丁凯")[-1]
        assert draft.text.splitlines() == [
            "T1 报结，请核对",
            "材料：1 个文件",
            "先送：罗局 审核",
            "再送：环保局 高宁 确认",
            "文件还在接收，收到后一并转去。",
        ]
        assert draft.buttons == ("提交", "换材料")
        await play.press("丁凯", "提交")
        await play.at(12, 9, 10, 55)
        await play.press("罗建", "同意报出")
        handed_in = next(seen for seen in play.to("高宁") if seen.title)
        assert handed_in.text.splitlines() == [
            "城管局已报 T1 配合",
            "报出：12月9日（周三）10:55，按时",
            "材料：执法意见.docx",
        ]
        assert play.one("丁凯").text == "罗局已同意，T1 已送环保局。"

        await play.at(12, 9, 11, 30)
        await play.press("高宁", "请补充")
        assert play.one("高宁").text == "缺什么？写一句就行。"
        await play.say("高宁", "缺沿街商户部分")
        for name in ("丁凯", "王磊"):
            assert play.one(name).text.splitlines() == [
                "T1 请补充",
                "环保局：缺沿街商户部分",
                "时限：12月11日（周五）",
                "原报出时间 12月9日（周三）10:55 保留。",
            ]
            assert play.one(name).buttons == ("已补好", "有异议")
        await play.at(12, 9, 15, 10)
        await play.say("丁凯", "T1补好了", file=SECOND)
        assert play.to("丁凯")[-1].text == "已送环保局高宁。"
        assert play.files_to("高宁") == ["执法意见2.docx"]
        await play.at(12, 9, 16, 5)
        await play.press("高宁", "确认")
        assert play.one("丁凯").text == "T1 配合已由环保局确认，按时，补充 1 次。"

        await play.at(12, 9, 16, 50)
        await play.say("丁凯", "日报：上午T7查了12处、劝导9起；下午补T1材料；明天去北门", group=True)
        (kept,) = play.group("wecom")
        assert kept.text.splitlines()[1:] == [
            "T7：检查 12 处，劝导 9 起",
            "T1：补材料",
            "明天：去北门",
            "T7 进展已一并更新，不用再报。",
        ]
        await play.at(12, 9, 16, 52)
        await play.say("丁凯", "刚才那条不算", group=True)
        assert [seen.text for seen in play.group("wecom")] == ["已撤回 16:50 的日报和 T7 进展。"]
        assert not play.everybody_else()
        await play.say("王磊", "听说环保局那个标准早弄完了", group=True)
        assert not play.group("wecom")
        assert not play.everybody_else()
