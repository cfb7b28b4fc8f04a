"""Chromium, where there is one: started once, and each page in a profile of its own."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "no Chromium: install Debian's package chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Lives in the loop of the whole run: its tests are marked with ``loop_scope="session"``."""
    expect.set_options(timeout=60_000)  # a step of the tour may move the clock by four weeks
    async with async_playwright() as p:
        started = await p.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        await started.close()
