"""The sandbox as a service of its own; what is played on it is in ``tests/stories``."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from bot.sandbox.sandbox import opened_sandbox


async def test_an_open_page_reads_to_the_end_when_the_sandbox_closes(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as browser, AsyncExitStack() as stack, asyncio.timeout(30):
        sandbox = await stack.enter_async_context(opened_sandbox(tmp_path / "demo"))
        page = await browser.get(f"{sandbox.url}/events")
        closing = asyncio.ensure_future(stack.aclose())
        await page.read()  # an error if the connection was cut
        await closing
