"""The days off around the National Day, as published for 2026: 1 to 7 October are off, and Saturday the
10th is worked for one of them."""

from datetime import datetime
from pathlib import Path

from commands.calendar import SHANGHAI
from tests.stories.play import Play, played

THE_DAY_BEFORE = datetime(2026, 9, 30, 9, tzinfo=SHANGHAI)
PLATFORMS = ("dingtalk", "wecom", "feishu")


async def asked_for_places(play: Play) -> None:
    """丁凯 has T9, asked for within three working days."""
    await play.say("陈立", "新建专项垃圾分类，环保局牵头，今天启动", file=play.sandbox.sample)
    await play.press("陈立", "都按周五")
    await play.say("陈立", "下发 依据市政办发〔2026〕31号")
    for name in ("李娜", "王磊", "许静", "吴桐"):
        await play.press(name, "全部签收")
    await play.say("王磊", "本群用于垃圾分类", group=True)
    await play.press("陈立", "确认")
    await play.say("陈立", "请城管局三个工作日内报占道点位")


async def test_three_working_days_count_over_the_week_off_to_the_saturday_worked(tmp_path: Path) -> None:
    async with played(tmp_path, starts_at=THE_DAY_BEFORE) as play:
        await asked_for_places(play)
        draft = play.one("陈立")
        assert draft.text.splitlines()[:4] == [
            "新事项 T9，请核对",
            "牵头：城管局",
            "事项：报占道点位",
            "时限：10月10日（周六，补班）18:00",
        ]
        assert draft.buttons == ("发出", "修改", "不发")
        assert not play.everybody_else("陈立")

        await play.press("陈立", "发出")
        assert "时限：10月10日（周六，补班）18:00" in play.one("王磊")
        (announced,) = play.group("wecom")
        assert announced.text == "T9 已交办城管局：10月10日（周六，补班）前，报占道点位。"


async def test_the_week_off_is_quiet_the_saturday_worked_is_not(tmp_path: Path) -> None:
    async with played(tmp_path, starts_at=THE_DAY_BEFORE) as play:
        await asked_for_places(play)
        await play.press("陈立", "发出")
        await play.say("王磊", "T9签收，给丁凯")
        await play.at(9, 30, 23, 59)

        await play.at(10, 7, 23, 59)
        assert not play.everybody_else()
        assert not any(play.group(platform) for platform in PLATFORMS)

        await play.at(10, 8, 8, 35)
        assert "周六：T9 报占道点位" in play.one("丁凯")
        await play.at(10, 10, 8)
        await play.at(10, 10, 8, 35)
        mine = play.one("丁凯")
        assert mine.text.splitlines() == ["今日待办 10月10日（周六）", "今天：T9 报占道点位"]
        assert mine.buttons == ("看全部",)
        assert "今天：T9 丁凯" in play.one("王磊")

        await play.at(10, 10, 23, 59)
        await play.at(10, 11, 23, 59)
        assert not play.everybody_else()
        assert not any(play.group(platform) for platform in PLATFORMS)
