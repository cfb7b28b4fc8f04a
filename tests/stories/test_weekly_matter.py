"""A weekly matter nobody signed for until three of its periods were open: people see the matter."""

from pathlib import Path

from tests.stories.play import Play, played
from tests.stories.test_first_day import dispatched, shows


async def three_fridays(play: Play) -> None:
    """T7 of 城管局, every Friday: the first two are late, the third is this week's."""
    await dispatched(play)
    await play.at(12, 7, 8, 35)


def last(play: Play, name: str) -> list[str]:
    """The lines of the newest message this person got."""
    return play.to(name)[-1].text.splitlines()


async def test_a_weekly_matter_is_one_line_wherever_matters_are_listed(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await three_fridays(play)
        assert last(play, "王磊") == [  # the morning card of the unit's door
            "城管局 12月7日（周一）",
            "今天：无",
            "逾期：T7 待分办（2 期）",
            "待签收：T7，11月24日（周二）已过",
            "等您明确：T7 社区办（2 期）、T7 物业协会（2 期）",
            "周五：T7 违规投放执法检查",
        ]
        await play.say("王磊", "部门任务")
        assert last(play, "王磊")[:2] == [
            "城管局在办 3 项",
            "T7：牵头 违规投放执法检查，每周五，3 期，待签收",
        ]

        await play.say("王磊", "T7 城管局签收，都给丁凯", group=True)
        (echo,) = play.group("wecom")
        shows(echo, "城管局已签收 1 项｜T7：牵头，每周五，3 期｜经办：丁凯", "撤回")
        given = play.one("丁凯")
        assert given.text.splitlines()[:2] == ["王磊分给您 1 项", "T7：违规投放执法检查，每周五，3 期"]
        await play.press("丁凯", "看全部")
        shows(play.one("丁凯"), "您的事项 1 项｜T7：违规投放执法检查，每周五，3 期，2 期逾期")
        await play.say("王磊", "T7 签收")
        assert play.one("王磊").text.startswith("T7（11月27日一期）已由王磊于12月7日（周一）")

        await play.say("丁凯", "T7 查了12处，劝导9起", group=True)
        (echo,) = play.group("wecom")
        shows(echo, "T7 进展已记｜内容：查了12处，劝导9起｜时限：11月27日（周五）", "更正", "撤回")
        await play.say("王磊", "部门任务", group=True)  # who is late is no business of the group's
        (listed,) = play.group("wecom")
        assert listed.text.splitlines()[1] == "T7：牵头 丁凯 违规投放执法检查，每周五，3 期"


async def test_its_periods_are_told_one_by_one_where_they_matter(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await three_fridays(play)
        await play.say("王磊", "T7签收，给丁凯")
        await play.say("丁凯", "T7 社区办、物业协会不需配合")
        await play.say("丁凯", "T7 报结")
        draft = play.one("丁凯")
        assert draft.text.splitlines()[:2] == ["T7 报结，请核对", "哪一期：11月27日（周五）一期"]
        await play.press("丁凯", "提交")
        await play.press("罗建", "同意报出")
        assert "哪一期：11月27日（周五）一期" in play.one("陈立")

        await play.say("丁凯", "看 T7")
        assert last(play, "丁凯")[:6] == [
            "【T7 违规投放执法检查】",
            "专项：垃圾分类",
            "牵头：城管局 丁凯，每周五，在办 3 期",
            "· 11月27日（周五）一期：已报结，报出 12月7日（周一）08:35，晚 6 个工作日",
            "· 12月4日（周五）一期：办理中，逾期",
            "· 12月11日（周五）一期：办理中",
        ]
        await play.say("陈立", "T7 通过")
        assert "T7 本期已通过" in last(play, "陈立")[0]
        await play.say("陈立", "T7 通过")
        assert "T7（12月4日一期）现在是“办理中”" in last(play, "陈立")[0]

        await play.at(12, 11, 16, 30)
        summary = next(s.text for s in play.to("周明") if "本周情况（12月7日至11日）" in s.text)
        assert summary.count("违规投放执法检查逾期") == 1
        assert "违规投放执法检查逾期 5 个工作日（时限 12月4日（周五），城管局）" in summary
        assert "指导居民正确投放逾期 10 个工作日（2 期，最早时限 11月27日（周五），物业协会）" in summary
