"""The page of the sandbox in a real browser: the first day is played in it and looked at."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.browser import LAPTOP, PHONE, picture, shown, sticking_out, too_faint

KEPT = (1, 7, 10, 13, 16, 17)  #: steps after which a picture of the page is kept

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.asyncio(loop_scope="session")]


async def steps_of(page: Page) -> int:
    text = await page.inner_text("#tour-count")
    return int(text.rpartition("/")[2])


async def test_the_first_day_can_be_played_step_by_step(tmp_path: Path, browser: Browser) -> None:
    async with shown(tmp_path, browser, LAPTOP) as page:
        await expect(page.locator("#clock")).to_have_text("2026年11月20日（周五） 09:00")
        await picture(page, "tour-laptop-00")
        composer = await page.locator("#composer").bounding_box()
        assert composer is not None
        assert abs(composer["y"] + composer["height"] - LAPTOP["height"]) < 2, "the chats fill the page"
        steps = await steps_of(page)
        for step in range(1, steps + 1):
            await page.click("#tour-play")
            if step < steps:
                await expect(page.locator("#tour-count")).to_have_text(f"第 {step + 1} 步 / {steps}")
            if step in KEPT:
                await picture(page, f"tour-laptop-{step:02}")
            assert await sticking_out(page) == [], step
            assert await too_faint(page) == [], step
        await expect(page.locator("#tour-count")).to_have_text("演完了")
        await picture(page, f"tour-laptop-{steps}")
        assert await page.locator("#chat-direct .log:visible").count() == 1
        await expect(page.locator(".picture img")).to_have_count(3)
        assert "垃圾分类任务已下发" in await page.inner_text("#log-dingtalk")
        assert "城管局已签收 2 项" in await page.inner_text("#log-wecom")
        assert "T9 已交办社区办" in await page.inner_text("#log-feishu")


async def test_anybody_can_speak_and_press_with_the_keyboard_alone(tmp_path: Path, browser: Browser) -> None:
    async with shown(tmp_path, browser, LAPTOP) as page:
        await page.focus("#who")
        await page.keyboard.type("陈立")
        await page.focus("#composer-text")
        await page.keyboard.type("帮助")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".log:not([hidden]) .message:not(.mine)")
        assert "您可以直接说" in await page.inner_text("#chat-direct")


async def test_what_people_type_is_never_markup(tmp_path: Path, browser: Browser) -> None:
    async with shown(tmp_path, browser, LAPTOP) as page:
        await page.fill("#composer-text", "<img src=x onerror=document.title='owned'>")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".message.mine")
        assert "<img src=x" in await page.inner_text(".message.mine")
        assert await page.title() == "成拳 · 演练场"


async def test_the_clock_moves_to_the_next_morning(tmp_path: Path, browser: Browser) -> None:
    async with shown(tmp_path, browser, LAPTOP) as page:
        await page.click("text=到次日 08:35")
        await expect(page.locator("#clock")).to_have_text("2026年11月21日（周六） 08:35")


async def test_on_a_phone_one_chat_fills_the_screen_and_nothing_sticks_out(
    tmp_path: Path, browser: Browser
) -> None:
    async with shown(tmp_path, browser, PHONE, touch=True) as page:
        steps = await steps_of(page)
        for step in range(1, steps + 1):
            await page.click("#tour-play")
            if step < steps:
                await expect(page.locator("#tour-count")).to_have_text(f"第 {step + 1} 步 / {steps}")
            if step in KEPT:
                await picture(page, f"tour-phone-{step:02}")
            assert await sticking_out(page) == [], step
            assert await too_faint(page) == [], step
        await expect(page.locator("#tour-count")).to_have_text("演完了")
        await picture(page, f"tour-phone-{steps}")
        await page.click("#tab-wecom")
        assert await sticking_out(page) == []
