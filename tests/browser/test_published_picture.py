"""What is published and what the leader reads, as each platform shows it, looked at in a browser."""

import json
from importlib import resources
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.sandbox.sandbox import opened_sandbox
from tests.browser.browser import (
    LAPTOP,
    NOTEBOOK,
    PHONE,
    looked_at,
    picture,
    sticking_out,
    too_faint,
)
from tests.stories.play import Play
from tests.stories.test_third_day import first_week

PLATFORMS = ("dingtalk", "wecom", "feishu")
#: The leader's account where he sits elsewhere than in the demo.
ACCOUNTS = {
    "wecom": ("企业微信", {"userid": "zhouming"}),
    "feishu": (
        "飞书",
        {
            "open_id": "ou_014f7c1e9a2b83d6e05f7a1b2c3d4e01",
            "union_id": "on_019b3a5c7d1e2f4a6b8c0d1e2f3a4b01",
            "user_id": "zhouming",
        },
    ),
}

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.asyncio(loop_scope="session")]


def directory_with_the_leader_on(platform: str, folder: Path) -> Path | None:
    """A file of the demo's people in which he has moved; None for where he is."""
    if platform not in ACCOUNTS:
        return None
    people = json.loads((resources.files("bot.sandbox") / "demo_directory.json").read_bytes())
    leader = next(one for one in people if one["姓名"] == "周明")
    leader["平台"], leader["账号"] = ACCOUNTS[platform]
    path = folder / "people.json"
    path.write_text(json.dumps(people, ensure_ascii=False), "utf-8")
    return path


async def all_is_well(page: Page) -> None:
    assert await sticking_out(page) == []
    assert await too_faint(page) == []


async def test_the_published_card_and_picture_are_seen_in_the_group_of_every_platform(
    tmp_path: Path, browser: Browser
) -> None:
    async with opened_sandbox(tmp_path / "demo") as sandbox:
        play = Play(sandbox)
        await first_week(play)
        await play.at(12, 24, 9, 5)
        for name, size in (("laptop", LAPTOP), ("notebook", NOTEBOOK)):
            async with looked_at(browser, sandbox, size) as page:
                for platform in PLATFORMS:
                    await drawn_in(page, platform)
                await all_is_well(page)
                await picture(page, f"published-{name}")
        async with looked_at(browser, sandbox, PHONE, touch=True) as page:
            for platform in PLATFORMS:
                await page.click(f"#tab-{platform}")
                await drawn_in(page, platform)
                await all_is_well(page)
                await picture(page, f"published-phone-{platform}")


async def drawn_in(page: Page, platform: str) -> None:
    """The picture is there, in sight, says in words what it shows, and opens by the keyboard."""
    drawn = page.locator(f"#log-{platform} .picture img")
    await expect(drawn).to_have_count(1)
    await expect(drawn).to_be_in_viewport(ratio=0.99)
    assert await drawn.evaluate("image => image.complete && image.naturalWidth >= 840")
    words = await drawn.get_attribute("alt") or ""
    assert words.startswith("垃圾分类部门协作情况（第一期）11月23日—12月18日\n")
    assert "A 档：" in words
    await page.locator(f"#log-{platform} .picture").focus()
    assert await page.evaluate("document.activeElement.className") == "picture"
    await page.evaluate("document.activeElement.blur()")
    assert "垃圾分类部门协作情况（第一期）" in await page.inner_text(f"#log-{platform}")


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_the_leaders_friday_is_read_on_every_platform(
    tmp_path: Path, browser: Browser, platform: str
) -> None:
    directory = directory_with_the_leader_on(platform, tmp_path)
    async with opened_sandbox(tmp_path / "demo", directory=directory) as sandbox:
        play = Play(sandbox)
        await first_week(play)
        await play.at(11, 27, 16, 30)
        leader = sandbox.world.named("周明")
        assert leader.platform == platform
        for name, size in (("notebook", NOTEBOOK), ("phone", PHONE)):
            async with looked_at(browser, sandbox, size, touch=name == "phone") as page:
                if name == "phone":
                    await page.click("#tab-direct")
                await page.click(f"#open-{leader.id}")
                log = page.locator(f"#log-p-{leader.id}")
                await expect(log).to_contain_text("周副市长：垃圾分类本周情况（11月23日至27日）。")
                await expect(log).to_contain_text("已阅")
                assert "16:30" in await log.inner_text()
                await all_is_well(page)
                await picture(page, f"leader-{name}-{platform}")
