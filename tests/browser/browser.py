"""The sandbox's page in Chromium, and pictures of it kept in ``tests/screenshots``."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page

from bot.sandbox.sandbox import Sandbox, opened_sandbox

_SHRINK = (Path(__file__).parent / "shrink.js").read_text("utf-8")
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
NOTEBOOK = {"width": 1280, "height": 800}
LAPTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
MOST = 200 * 1024  #: bytes of a picture that is kept


@asynccontextmanager
async def shown(
    folder: Path, browser: Browser, size: dict[str, int], *, touch: bool = False
) -> AsyncIterator[Page]:
    """The page of a fresh sandbox; errors in its console fail the test."""
    async with (
        opened_sandbox(folder / "demo") as sandbox,
        looked_at(browser, sandbox, size, touch=touch) as page,
    ):
        yield page


@asynccontextmanager
async def looked_at(
    browser: Browser, sandbox: Sandbox, size: dict[str, int], *, touch: bool = False
) -> AsyncIterator[Page]:
    """The page of this sandbox; errors in its console fail the test."""
    wrong: list[str] = []
    page = await browser.new_page(
        viewport=size,  # type: ignore[arg-type]
        has_touch=touch,
        reduced_motion="reduce",
    )
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    await page.goto(sandbox.url)
    await page.wait_for_selector("html[data-ready=true]")
    yield page
    await page.close()
    assert not wrong


async def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, small enough to be kept."""
    SCREENSHOTS.mkdir(exist_ok=True)
    taken = await page.screenshot()
    small = base64.b64decode(await page.evaluate(_SHRINK, base64.b64encode(taken).decode()))
    (SCREENSHOTS / f"{name}.png").write_bytes(small)
    assert len(small) <= MOST, f"{name} is too large to be kept"


async def sticking_out(page: Page) -> list[str]:
    """What is wider than the page or than its chat, or whose text is cut; in words."""
    found: list[str] = await page.evaluate(_STICKING_OUT)
    return found


async def too_faint(page: Page) -> list[str]:
    """Texts whose contrast with the nearest painted ground is below 4.5:1."""
    found: list[str] = await page.evaluate(_TOO_FAINT)
    return found


_STICKING_OUT = """() => {
  const wrong = [];
  const { scrollWidth, scrollHeight } = document.documentElement;
  if (scrollWidth > innerWidth) wrong.push(`the page is ${scrollWidth} wide`);
  if (scrollHeight > innerHeight) wrong.push(`the page is ${scrollHeight} high`);
  for (const one of document.querySelectorAll(".log, .people, .card, .bubble, .card button, h2, .tour p")) {
    const strip = one.matches(".people") && getComputedStyle(one).flexWrap === "nowrap";  // meant to scroll
    const cut = one.scrollWidth > one.clientWidth + 1 && !strip;
    const low = one.matches(".people") && one.scrollHeight > one.clientHeight + 1;
    if (cut || low) wrong.push(`cut: ${one.id} ${one.textContent.slice(0, 40)}`);
  }
  return wrong;
}"""

_TOO_FAINT = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const painted = parts(getComputedStyle(at).backgroundColor);
      if (painted.length === 3 || painted[3] > 0.99) return painted;
    }
    return [255, 255, 255];
  };
  const wrong = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !one.checkVisibility() || one.disabled) continue;
    if (one.matches("#toast, option, script")) continue;
    const lights = [light(parts(getComputedStyle(one).color)), light(ground(one))];
    const ratio = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    if (ratio < 4.5) wrong.push(`${ratio.toFixed(2)} ${one.className} ${one.textContent.slice(0, 20)}`);
  }
  return wrong;
}"""
