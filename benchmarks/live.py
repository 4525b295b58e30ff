"""The app as a visitor sees it: a real server, real training, a headless Chromium.

    .venv/bin/python benchmarks/live.py [--only paint,presses,watching,collapse]

paint: a new server and a new browser context each time, the start page and a page of one line in
turn; then reloads of both in turn, once the worker is up. presses: a switch and k of the start page
while both models train, from the press to the echo on the page, and to the model's acknowledgement;
the step of each is then compared with the run's marks, by knob and value. watching: the training
rate while a page is watched against the rate of the same run while nobody looks. collapse: from the
click on *Start* to the words. Server, worker and browser share the machine; the browser draws in
software.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from channel_tab import ChannelTab
from marked import Change, Said, unmarked
from playwright.async_api import Browser, Page, async_playwright
from serving import Server, cpu_s, descendants, machine, serving

from moeviz.engine.saved import UNREADABLE, SavedRun, read_run

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 120_000
PAIRS, PERIOD_S, SETTLE_S = 5, 5.0, 1.5
PAINTS, PRESSES = 5, 50
RELOADS, REST_S = 4, 6.0
"""A new server's worker imports torch for some seconds after the first paint."""
ONE_LINE = "import streamlit as st\nst.title('One line')\n"

PAGES = {"one line": "h1", "start": ".load-bars svg"}
"""By page, what its first picture is known by."""

FIND = """
const found = (selector, root = document) => root.querySelector(selector)
  ?? [...root.querySelectorAll("*")]
       .map((host) => host.shadowRoot && found(selector, host.shadowRoot)).find(Boolean);
"""
PAINTED = """
const roots = [document];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  roots.push(root);
  return root;
};
const look = () => {
  if (roots.some((root) => root.querySelector(%s)))
    window.painted = (performance.timeOrigin + performance.now()) / 1000;
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Notes, in seconds since the epoch, the first frame at which a node is on the page.

Shadow roots are noted as they are made: a search of the whole page in each frame would cost the
larger page more than the smaller one.
"""

PRESS = (
    "([button, shows]) => {"
    + FIND
    + """
  const node = found(shows);
  const shown = () => node.getAttribute("aria-checked") ?? node.value;
  const before = shown();
  const pressed = performance.now();
  return new Promise((resolve) => {
    let echo = 0;
    const look = () => {
      const now = performance.now() - pressed;
      if (!echo && shown() !== before) echo = now;
      if (echo && node.getAttribute("aria-busy") === "false") resolve([echo, now]);
      else requestAnimationFrame(look);
    };
    found(button).click();
    look();
  });
}"""
)
"""Milliseconds from a press of a button to its echo, and to its acknowledgement, by frames."""
SWITCH = ".balance-switch"
TOP_K = '.knob[data-knob="top_k"]'
CONTROLS = {
    "switch": [(SWITCH, SWITCH)],
    "k": [(f"{TOP_K} .more", f"{TOP_K} input"), (f"{TOP_K} .less", f"{TOP_K} input")],
}
"""By what is pressed: the buttons, in turn, and the node that shows what came of it."""


@contextlib.asynccontextmanager
async def tab(browser: Browser, seen: str = "") -> AsyncIterator[Page]:
    """A page in a new context, as a new visitor has it."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,  # Playwright's own waiting evaluates strings
    )
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    if seen:
        await page.add_init_script(PAINTED % json.dumps(seen))
    yield page
    await context.close()


async def _painted(page: Page, go: object) -> float:
    began = time.time()
    await go  # type: ignore[misc]
    await page.wait_for_function("window.painted")
    return float(await page.evaluate("window.painted")) - began


async def paint(browser: Browser) -> None:
    """Print first paints and reloads of the start page against a page of one line, in turn."""
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(PAINTS):
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
                    pages[name] = await tabs.enter_async_context(tab(browser, seen))
                    cold = await _painted(pages[name], pages[name].goto(server.address))
                    times.setdefault(("first paint, cold", name), []).append(cold)
                await asyncio.sleep(REST_S)
                for _ in range(RELOADS):
                    for name, page in pages.items():
                        await page.bring_to_front()
                        await asyncio.sleep(SETTLE_S)
                        again = await _painted(page, page.reload())
                        times.setdefault(("reload, at rest", name), []).append(again)
    print("\n| first picture ÷ one-line page | median (range) | target |\n|---|---|---|")
    for kind in ("first paint, cold", "reload, at rest"):
        start, one_line = times[kind, "start"], times[kind, "one line"]
        found = [ours / theirs for ours, theirs in zip(start, one_line, strict=True)]
        both = f"{statistics.median(start):.2f} s against {statistics.median(one_line):.2f} s"
        spread = f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
        print(f"| {kind} | {spread}; {both} | ≤ 1.3 |", flush=True)


async def started(page: Page, address: str) -> str:
    """Open a page, start its run, wait for some steps; returns the run."""
    await page.goto(address)
    await page.locator(".transport .main").filter(has_text="Start").click()
    await page.wait_for_url("**run=*")
    return parse_qs(urlsplit(page.url).query)["run"][0]


async def presses(browser: Browser) -> None:
    """Print how long a press takes to its echo and to the model, and whether any was lost."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        async with tab(browser) as page:
            said = Said(page)
            run = await started(page, server.address)
            async with ChannelTab.of(server, run) as watcher:
                while watcher.step < 20:
                    await asyncio.sleep(0.1)
                first, began = watcher.step, time.monotonic()
                times: dict[str, list[list[float]]] = {name: [] for name in CONTROLS}
                for number in range(PRESSES):
                    for name, buttons in CONTROLS.items():
                        pressed = list(buttons[number % len(buttons)])
                        times[name].append(await page.evaluate(PRESS, pressed))
                        await asyncio.sleep(0.1)
                elapsed = time.monotonic() - began
                step_ms = 1e3 * elapsed / (watcher.step - first)
                saved = await saved_at_rest(server, watcher, run)
    changes = said.changes([arm.name for arm in saved.config.arms])
    made = PRESSES * len(CONTROLS)
    print(f"\n{made} presses, {said.answered} acknowledged; {_compared(changes, saved)}")
    bound = max(150.0, step_ms + 50)
    print("\n| press | median | p95 | target |\n|---|---|---|---|")
    for name, measured in times.items():
        for words, column, target in (
            ("to echo", 0, "≤ 50 ms"),
            ("to the model's acknowledgement", 1, f"≤ {bound:.0f} ms (a step: {step_ms:.0f})"),
        ):
            cuts = statistics.quantiles([each[column] for each in measured], n=20)
            print(
                f"| {name} {words} | {cuts[9]:.0f} ms | {cuts[18]:.0f} ms | {target} |", flush=True
            )


async def saved_at_rest(server: Server, watcher: ChannelTab, run: str) -> SavedRun:
    """The run as it lies on disk, once it is paused."""
    await watcher.press("pause")
    while not watcher.record["at_rest"]:
        await asyncio.sleep(0.1)
    while True:
        with contextlib.suppress(*UNREADABLE):
            saved = read_run(server.folder / "data" / "runs" / run)
            if (saved.state, saved.step) == ("paused", watcher.step):
                return saved
        await asyncio.sleep(0.1)


def _compared(changes: list[Change], run: SavedRun) -> str:
    """Whether each has its mark, and which one has not."""
    lost = unmarked(changes, run)
    if not lost:
        return "each has its mark in the run: its knob and value, from its step on"
    words = [f"{each.arm}: {each.knob} {each.value} from step {each.step}" for each in lost]
    return f"{len(lost)} WITHOUT A MARK: {'; '.join(words)}"


@dataclass(frozen=True)
class Period:
    """Steps/s of a run over one period, and the cores that each process used meanwhile."""

    steps_per_s: float
    cores: dict[str, float]


async def _observe(server: Server, watcher: ChannelTab) -> Period:
    readings = []
    for wait in (0.0, PERIOD_S):
        await asyncio.sleep(wait)
        readings.append((time.monotonic(), watcher.step, _cpu(server)))
    (start, first, before), (end, last, after) = readings
    cores = {name: (after[name] - before[name]) / (end - start) for name in before}
    return Period((last - first) / (end - start), cores)


def _cpu(server: Server) -> dict[str, float]:
    ours = {server.pid, *descendants(server.pid)}
    return {
        "worker": server.workers_cpu_s(),
        "web": server.cpu_s(),
        "browser": sum(cpu_s(each) for each in descendants(os.getpid()) if each not in ours),
    }


async def watching(browser: Browser) -> None:
    """Print the share of the training rate that is left while a page is watched, and its cost.

    Unwatched, the tab is at about:blank; a client of the channel that draws nothing holds the run's
    lease and reads its step, then as while it is watched.
    """
    print("\n| watched, median of pairs (range) | rate kept | target | browser | target |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        async with tab(browser) as page:
            run = await started(page, server.address)
            async with ChannelTab.of(server, run) as watcher:
                while watcher.step < 50:
                    await asyncio.sleep(0.1)
                for words, path in (("start", "/"), ("lab", "/lab")):
                    show = f"{server.address}{path}?run={run}"
                    pairs = [await _pair(server, watcher, page, show, n % 2 == 0)
                             for n in range(PAIRS)]  # fmt: skip
                    kept = [on.steps_per_s / off.steps_per_s for on, off in pairs]
                    cores = statistics.median(on.cores["browser"] for on, _ in pairs)
                    share = f"{statistics.median(kept):.0%} ({min(kept):.0%} to {max(kept):.0%})"
                    print(f"| {words} | {share} | ≥ 95 % | {cores:.2f} core | ≤ 0.5 |", flush=True)


async def _pair(
    server: Server, watcher: ChannelTab, page: Page, show: str, watched_first: bool
) -> tuple[Period, Period]:
    """A watched and an unwatched period, in either order."""
    periods = {}
    for watched in (watched_first, not watched_first):
        await page.goto(show if watched else "about:blank")
        if watched:
            await page.locator(".load-bars svg").first.wait_for()
        await asyncio.sleep(SETTLE_S)
        periods[watched] = await _observe(server, watcher)
    return periods[True], periods[False]


async def collapse(browser: Browser) -> None:
    """Print how long the click on *Start* takes to the words of the collapse, on a new server."""
    seconds = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
            async with tab(browser) as page:
                await page.goto(server.address)
                start = page.locator(".transport .main").filter(has_text="Start")
                await start.wait_for()
                began = time.monotonic()
                await start.click()
                await page.get_by_text("Collapsed since step").first.wait_for()
                seconds.append(time.monotonic() - began)
    found = f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})"
    print(f"\nClick on Start to the words of the collapse, new server: {found}; target 10 s")


PARTS = {"paint": paint, "presses": presses, "watching": watching, "collapse": collapse}


async def measure(names: list[str]) -> None:
    """Run the parts in one browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in names:
            await PARTS[name](browser)
        await browser.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS))
    names = parser.parse_args().only.split(",")
    print(f"Before: {machine()}", flush=True)
    asyncio.run(measure(names))
    print(f"\nAfter: {machine()}")


if __name__ == "__main__":
    main()
