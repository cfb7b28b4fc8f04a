"""The first day of the waste-sorting case: from the division of work to handed-on, signed-for matters."""

from pathlib import Path

from tests.stories.play import Play, played


async def imported(play: Play) -> None:
    await play.at(11, 23, 8, 40)
    await play.say("陈立", "新建专项垃圾分类，环保局牵头，今天启动", file=play.sandbox.sample)


async def with_groups(play: Play) -> None:
    await imported(play)
    await play.press("陈立", "都按周五")
    for name in ("王磊", "李娜", "许静"):
        await play.say(name, "本群用于垃圾分类", group=True)
        await play.press("陈立", "确认")


async def dispatched(play: Play) -> None:
    await with_groups(play)
    await play.at(11, 23, 9, 5)
    await play.say("陈立", "下发 依据市政办发〔2026〕31号")


async def signed_and_specified(play: Play) -> None:
    await dispatched(play)
    await play.press("李娜", "全部签收")
    await play.say("李娜", "T1T2给高宁")
    await play.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
    await play.press("高宁", "发出")


async def test_a_division_of_work_is_read_into_drafts_and_asks_the_one_thing_it_must(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)
        card = play.one("陈立")
        assert card.title == "任务分工表已读，请核对"
        for words in (
            "垃圾分类",
            "11月23日（周一）",
            "8 项",
            "4 家牵头",
            "13",
            "T6、T7",
            "T4",
            "2027年1月5日（周二）",
        ):
            assert words in card, words
        assert card.buttons == ("都按周五", "看全表", "重新传")
        assert not play.everybody_else("陈立")

        await play.press("陈立", "都按周五")
        card = play.one("陈立")
        assert card.title == "T6、T7 定为每周五"
        assert "11月27日（周五）" in card
        assert "预览" in card.buttons


async def test_a_group_serves_an_initiative_once_the_office_says_so(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)
        await play.say("王磊", "本群用于垃圾分类", group=True)
        assert play.group("wecom")[0].title == "已请督查室确认"
        card = play.to("陈立")[0]
        assert card.title == "请确认群"
        assert "垃圾分类·城管（企业微信）" in card
        assert "城管局 王磊" in card
        assert card.buttons == ("确认", "不是")

        await play.press("陈立", "确认")
        assert "垃圾分类" in play.group("wecom")[0].title
        assert "涉密" in play.group("wecom")[0]


async def test_the_preview_says_who_does_what_and_how_much_will_be_sent(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_groups(play)
        await play.say("陈立", "预览")
        text = play.one("陈立")
        for line in (
            "环保局：牵头 T1 T2 T3 T8，配合 T4",
            "城管局：牵头 T7，配合 T1 T8",
            "社区办：牵头 T4，配合 T1 T2 T3 T5 T6 T7 T8",
            "物业协会：牵头 T5 T6，配合 T4 T7 T8",
            "11 条",
        ):
            assert line in text, line


async def test_dispatch_reaches_groups_liaisons_and_heads_each_with_their_own_part(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        answer = play.one("陈立")
        assert answer.title == "垃圾分类已下发"
        for words in ("市政办发〔2026〕31号", "8 项", "11 条", "11月24日（周二）18:00"):
            assert words in answer, words
        assert "撤回" in answer.buttons
        for platform, unit in (("dingtalk", "环保局"), ("wecom", "城管局"), ("feishu", "社区办")):
            (posted,) = play.group(platform)
            assert posted.title == "垃圾分类任务已下发"
            assert unit in posted
        assert "物业协会" in play.group("feishu")[0]
        assert "城管局" not in play.group("dingtalk")[0]
        for name in ("李娜", "王磊", "许静", "吴桐"):
            assert "签收" in play.one(name).title
            assert play.one(name).buttons[0] == "全部签收"
        assert play.one("李娜").title == "环保局牵头 4 项，请签收"
        assert "12月14日（周一）" in play.one("李娜")
        for name in ("何川", "罗建", "苏岚", "方志"):
            assert play.one(name).title.startswith("知悉")
        assert not play.everybody_else("陈立", "李娜", "王磊", "许静", "吴桐", "何川", "罗建", "苏岚", "方志")


async def test_a_liaison_signs_for_everything_and_hands_it_on_inside_the_unit(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.at(11, 23, 9, 12)
        await play.press("李娜", "全部签收")
        card = play.one("李娜")
        assert card.title == "已签收 4 项"
        assert "T1、T2、T3、T8" in card

        await play.say("李娜", "T1T2给高宁")
        assert play.one("李娜").text.splitlines() == ["已分办", "高宁：T1、T2", "李娜：T3、T8"]
        handed = play.one("高宁")
        assert handed.title == "李娜分给您 2 项"
        assert "12月14日（周一）" in handed
        assert "12月21日（周一）" in handed
        assert "明确配合" in handed.buttons


async def test_the_lead_says_what_is_wanted_and_two_platforms_hear_their_part(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("李娜", "全部签收")
        await play.say("李娜", "T1T2给高宁")
        await play.at(11, 23, 9, 25)
        await play.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
        draft = play.one("高宁")
        assert draft.title == "T1 配合事项，请核对"
        assert "执法意见，12月9日（周三）" in draft
        assert "小区底数，12月9日（周三）" in draft
        assert "3 个工作日" in draft
        assert not play.everybody_else("高宁")

        await play.press("高宁", "发出")
        for name, unit, what in (("王磊", "城管局", "执法意见"), ("许静", "社区办", "小区底数")):
            asked = play.one(name)
            assert asked.title == f"T1 请{unit}配合"
            assert what in asked
            assert "环保局 高宁" in asked
            assert "12月9日（周三）" in asked


async def test_signing_and_handing_on_in_one_sentence_in_the_group(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.at(11, 23, 9, 31)
        await play.say("王磊", "T1、T7 城管局签收，都给丁凯", group=True)
        (answer,) = play.group("wecom")
        assert answer.title == "城管局已签收 2 项"
        assert "丁凯" in answer
        assert play.one("丁凯").title == "王磊分给您 2 项"

        await play.say("王磊", "收到，马上办", group=True)
        assert not play.group("wecom")
        assert not play.everybody_else()


async def test_a_matter_stays_with_its_handler_until_the_colleague_takes_it(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.say("高宁", "T2转给李娜，我下周脱产学习")
        waiting = play.one("高宁")
        assert "等李娜接收" in waiting.title
        assert "12月21日（周一）" in waiting
        offered = play.one("李娜")
        assert offered.title == "高宁转给您 T2"
        assert "下周脱产学习" in offered
        assert offered.buttons == ("接收", "不接")

        await play.press("李娜", "接收")
        assert "T2 已由李娜接收" in play.one("高宁")


async def test_a_new_matter_said_in_one_group_reaches_the_units_of_another(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.at(11, 23, 15)
        await play.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单", group=True)
        assert "请陈立在私聊里核对" in play.group("dingtalk")[0]
        draft = play.one("陈立")
        assert draft.title == "新事项 T9，请核对"
        for words in ("社区办", "物业协会", "12 个试点小区名单", "11月26日（周四）18:00"):
            assert words in draft or words.replace(" ", "") in draft, words
        assert not play.everybody_else("陈立")

        await play.press("陈立", "发出", title="T9")
        assert play.one("许静").title == "T9 请社区办牵头"
        assert "T9 已交办社区办" in play.group("dingtalk")[0]
        assert "T9 已交办社区办" in play.group("feishu")[0]
        assert not play.group("wecom")
