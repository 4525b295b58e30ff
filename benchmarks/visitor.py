"""A headless Chromium for a benchmark; a tab in it, as a new or a returning visitor has one.

Software drawing, no cache between tabs. Knows nothing of what is measured.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 120_000


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def tab(browser: Browser, script: str = "", *, newcomer: bool = False) -> AsyncIterator[Page]:
    """A page in a new context; the script runs before each page's own.

    Args:
        newcomer: shown the tour on Start, which the others have seen.
    """
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,  # Playwright's own waiting evaluates strings
    )
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    if not newcomer:
        await page.add_init_script("localStorage.setItem('moeviz.tour', 'done')")
    if script:
        await page.add_init_script(script)
    yield page
    await context.close()


async def started(page: Page, address: str) -> str:
    """Open a page, start its run, wait for some steps; returns the run."""
    await page.goto(address)
    await page.locator(".transport .main").filter(has_text="Start").click()
    await page.wait_for_url("**run=*")
    return parse_qs(urlsplit(page.url).query)["run"][0]
