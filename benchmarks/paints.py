"""First paints and reloads of the start page against a page of one line. Part of `live.py`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import statistics
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, Page
from serving import serving
from visitor import tab

SETTLE_S, REST_S = 1.5, 6.0
"""A new server's worker imports torch for some seconds after the first paint."""
ONE_LINE = "import streamlit as st\nst.title('One line')\n"

PAGES = {"one line": "h1", "start": ".load-bars svg", "tour": ".tour .drawing .chip"}
"""By page, what its first picture is known by."""

PAINTED = """
const roots = [document];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  roots.push(root);
  return root;
};
const look = () => {
  const shown = (node) => node?.checkVisibility({ visibilityProperty: true });
  if (roots.some((root) => shown(root.querySelector(%s))))
    window.painted = (performance.timeOrigin + performance.now()) / 1000;
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Notes, in seconds since the epoch, the first frame at which a node is shown on the page.

Shadow roots are noted as they are made: a search of the whole page in each frame would cost the
larger page more than the smaller one.
"""


async def _painted(page: Page, go: object) -> float:
    began = time.time()
    await go  # type: ignore[misc]
    await page.wait_for_function("window.painted")
    return float(await page.evaluate("window.painted")) - began


async def paint(browser: Browser, paints: int, reloads: int) -> None:
    """Print first paints and reloads of the start page against a page of one line, in turn."""
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(paints):
        with contextlib.ExitStack() as servers:
            async with contextlib.AsyncExitStack() as tabs:
                pages = {}
                for name, seen in PAGES.items():
                    folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
                    script = folder / "one_line.py"
                    script.write_text(ONE_LINE)
                    server = servers.enter_context(
                        serving(folder, script if name == "one line" else None)
                    )
                    pages[name] = await tabs.enter_async_context(
                        tab(browser, PAINTED % json.dumps(seen), newcomer=name == "tour")
                    )
                    cold = await _painted(pages[name], pages[name].goto(server.address))
                    times.setdefault(("first paint, cold", name), []).append(cold)
                await asyncio.sleep(REST_S)
                for _ in range(reloads):
                    for name, page in pages.items():
                        await page.bring_to_front()
                        await asyncio.sleep(SETTLE_S)
                        again = await _painted(page, page.reload())
                        times.setdefault(("reload, at rest", name), []).append(again)
    print("\n| first picture ÷ one-line page | median (range) | target |\n|---|---|---|")
    kinds = ("first paint, cold", "reload, at rest")
    for kind, page in itertools.product(kinds, ("start", "tour")):
        start, one_line = times[kind, page], times[kind, "one line"]
        found = [ours / theirs for ours, theirs in zip(start, one_line, strict=True)]
        both = f"{statistics.median(start):.2f} s against {statistics.median(one_line):.2f} s"
        spread = f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
        print(f"| {page}: {kind} | {spread}; {both} | ≤ 1.3 |", flush=True)
