"""The page of the sandbox in a real browser: the first day is played in it and looked at."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.sandbox.sandbox import opened_sandbox

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
LAPTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "no Chromium: install Debian's package chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    return found


@asynccontextmanager
async def shown(
    folder: Path, chromium: str, size: dict[str, int], *, touch: bool = False
) -> AsyncIterator[Page]:
    """The page of a fresh sandbox; errors in its console fail the test."""
    wrong: list[str] = []
    expect.set_options(timeout=20_000)
    async with opened_sandbox(folder / "demo") as sandbox, async_playwright() as p:
        browser = await p.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = await browser.new_page(viewport=size, has_touch=touch)  # type: ignore[arg-type]
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        try:
            await page.goto(sandbox.url)
            await page.wait_for_selector("html[data-ready=true]")
            yield page
        finally:
            await browser.close()
    assert not wrong


async def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


async def steps_of(page: Page) -> int:
    text = await page.inner_text("#tour-count")
    return int(text.rpartition("/")[2])


async def test_the_first_day_can_be_played_step_by_step(tmp_path: Path, chromium: str) -> None:
    async with shown(tmp_path, chromium, LAPTOP) as page:
        await expect(page.locator("#clock")).to_have_text("2026年11月20日（周五） 09:00")
        await picture(page, "laptop-0-start")
        composer = await page.locator("#composer").bounding_box()
        assert composer is not None
        assert abs(composer["y"] + composer["height"] - LAPTOP["height"]) < 2, "the chats fill the page"
        steps = await steps_of(page)
        for step in range(1, steps + 1):
            await page.click("#tour-play")
            if step < steps:
                await expect(page.locator("#tour-count")).to_have_text(f"第 {step + 1} 步 / {steps}")
            if step in (1, 10, 14, 20):
                await picture(page, f"laptop-{step:02}")
        await expect(page.locator("#tour-count")).to_have_text("演完了")
        await picture(page, "laptop-end")
        assert await page.locator("#chat-direct .log:visible").count() == 1
        assert "垃圾分类任务已下发" in await page.inner_text("#log-dingtalk")
        assert "城管局已签收 2 项" in await page.inner_text("#log-wecom")
        assert "T9 已交办社区办" in await page.inner_text("#log-feishu")


async def test_anybody_can_speak_and_press_with_the_keyboard_alone(tmp_path: Path, chromium: str) -> None:
    async with shown(tmp_path, chromium, LAPTOP) as page:
        await page.focus("#who")
        await page.keyboard.type("陈立")
        await page.focus("#composer-text")
        await page.keyboard.type("帮助")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".log:not([hidden]) .message:not(.mine)")
        assert "您可以直接说" in await page.inner_text("#chat-direct")


async def test_what_people_type_is_never_markup(tmp_path: Path, chromium: str) -> None:
    async with shown(tmp_path, chromium, LAPTOP) as page:
        await page.fill("#composer-text", "<img src=x onerror=document.title='owned'>")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".message.mine")
        assert "<img src=x" in await page.inner_text(".message.mine")
        assert await page.title() == "成拳 · 演练场"


async def test_the_clock_moves_to_the_next_morning(tmp_path: Path, chromium: str) -> None:
    async with shown(tmp_path, chromium, LAPTOP) as page:
        await page.click("text=到次日 08:35")
        await expect(page.locator("#clock")).to_have_text("2026年11月21日（周六） 08:35")


async def test_on_a_phone_one_chat_fills_the_screen_and_nothing_sticks_out(
    tmp_path: Path, chromium: str
) -> None:
    async with shown(tmp_path, chromium, PHONE, touch=True) as page:
        await page.click("#tour-play")
        await expect(page.locator("#tour-count")).to_contain_text("第 2 步")
        await picture(page, "phone-direct")
        await page.click("#tab-wecom")
        await picture(page, "phone-wecom")
        wider = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wider
