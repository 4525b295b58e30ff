"""A browser and servers for the tests that need them. Each server has folders of its own."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.serving import Server, serving

CHROMIUM = Path(os.environ.get("MOEVIZ_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """One Chromium for a file's tests; each test opens its own context in it.

    It has seen the tour of Start, but for what `newcomers_context` opens.

    While it is there, Playwright's own event loop runs in this thread: a test of another file that
    needs one could not run its own.
    """
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"no browser at {CHROMIUM}: CI must run the browser tests")
        pytest.skip(f"no browser at {CHROMIUM}: install Debian's chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    api.expect.set_options(timeout=WAIT_MS)
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        chromium.newcomers_context = chromium.new_context
        chromium.new_context = functools.partial(_returning, chromium.new_context)
        yield chromium
        chromium.close()


def _returning(new_context: Callable[..., object], **options: object) -> object:
    """A context of somebody who has seen the tour of Start: the experiment is shown at once."""
    context = new_context(**options)
    context.add_init_script("try { localStorage.setItem('moeviz.tour', 'done') } catch {}")
    return context


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A fresh tab, 1280 × 800, that fails the test when the page throws."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def serve(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    """Serve a script, or the app as `make run` does, on a free port."""
    with contextlib.ExitStack() as servers:

        def start(script: Path | None = None) -> Server:
            return servers.enter_context(serving(tmp_path_factory.mktemp("server"), script))

        yield start
