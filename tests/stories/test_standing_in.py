"""A head is away for three days: who stands in lets reports out, in their name and only on those days."""

from pathlib import Path

from tests.stories.play import Play, played
from tests.stories.test_first_day import dispatched


async def away_with_a_report(play: Play) -> None:
    """罗建 is away to Wednesday, 王磊 stands in; 丁凯 hands in T7."""
    await dispatched(play)
    await play.press("王磊", "全部签收")
    await play.say("王磊", "T7 社区办、物业协会不需配合")
    await play.say("王磊", "T7给丁凯")
    await play.say("罗建", "请假到周三，由王磊代")
    assert play.one("王磊").title == "罗建请假，请您代办"
    await play.say("丁凯", "T7 报结")
    await play.press("丁凯", "提交")


async def test_who_stands_in_lets_it_out_and_the_record_names_both(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await away_with_a_report(play)
        assert play.to("罗建") == []
        asked = play.one("王磊")
        assert asked.title == "请您审核：T7 报出"
        assert "罗建请假，请您代罗建审核" in asked
        await play.press("王磊", "同意报出")
        assert play.one("丁凯").text == "王磊 代 罗建已同意，T7 已送督查室。"
        assert play.one("陈立").title == "城管局 T7 报结，请审核"
        await play.say("陈立", "T7")
        assert "王磊 代 罗建 同意报出" in play.one("陈立")


async def test_the_card_pressed_after_the_leave_is_refused_and_the_head_decides(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await away_with_a_report(play)
        await play.at(11, 26, 8, 0)
        play.mark()
        await play.press("王磊", "同意报出")
        assert play.one("王磊").text == "您已不再代罗建办理，这件事由单位负责人办理。"
        assert play.to("陈立") == []
        await play.at(11, 26, 9, 0)
        assert any("等您同意：T7 城管局" in seen for seen in play.to("罗建"))
        await play.say("罗建", "同意报出 T7")
        assert play.one("丁凯").text == "罗局已同意，T7 已送督查室。"
