"""The app as a visitor sees it: a real server, real training, a headless Chromium.

    .venv/bin/python benchmarks/live.py [--only paint,presses,watching,collapse] [--quick]

paint: a new server and a new browser context each time, the start page and a page of one line in
turn; then reloads of both in turn, once the worker is up. presses: a switch and k of the start page
while both models train, from the press to the echo on the page, and to the model's acknowledgement;
the step of each is then compared with the run's marks, by knob and value. watching: the training
rate while a page is watched against the rate of the same run while no page shows it; the start page
also without its questions what the models write. collapse: from the click on *Start* to the words.
Server, worker and browser share the machine; the browser draws in software.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from channel_tab import ChannelTab
from marked import Change, Said, unmarked
from paints import paint
from playwright.async_api import Browser, Page
from serving import Server, cpu_s, descendants, machine, serving
from visitor import chromium, started, tab

from moeviz.engine.saved import SavedRun, read_run
from moeviz.engine.unreadable import CannotRead

SETTLE_S = 1.5


@dataclass(frozen=True)
class Size:
    """How often each part measures, and for how long."""

    paints: int
    reloads: int
    presses: int
    pairs: int
    period_s: float
    starts: int


FULL = Size(paints=5, reloads=4, presses=50, pairs=5, period_s=5.0, starts=3)
QUICK = Size(paints=1, reloads=1, presses=4, pairs=1, period_s=2.0, starts=1)

FIND = """
const found = (selector, root = document) => root.querySelector(selector)
  ?? [...root.querySelectorAll("*")]
       .map((host) => host.shadowRoot && found(selector, host.shadowRoot)).find(Boolean);
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
ASKS_NOTHING = """
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  if (!text.includes('"kind":"ask"')) send.call(this, text);
};
"""
"""A page whose questions to the models never leave it."""


async def presses(browser: Browser, size: Size) -> None:
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
                for number in range(size.presses):
                    for name, buttons in CONTROLS.items():
                        pressed = list(buttons[number % len(buttons)])
                        times[name].append(await page.evaluate(PRESS, pressed))
                        await asyncio.sleep(0.1)
                elapsed = time.monotonic() - began
                step_ms = 1e3 * elapsed / (watcher.step - first)
                saved = await saved_at_rest(server, watcher, run)
    changes = said.changes([arm.name for arm in saved.config.arms])
    made = size.presses * len(CONTROLS)
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
        with contextlib.suppress(CannotRead):
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


async def observe(server: Server, watcher: ChannelTab, seconds: float) -> Period:
    """The period from now on."""
    readings = []
    for wait in (0.0, seconds):
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


async def watching(browser: Browser, size: Size) -> None:
    """Print the share of the training rate that is left while a page is watched, and its cost.

    Unwatched, the tab is at about:blank; a client of the channel that draws nothing holds the run's
    lease and reads its step, then as while it is watched.
    """
    print("\n| watched, median of pairs (range) | rate kept | target | browser | target |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        async with tab(browser) as page, tab(browser, ASKS_NOTHING) as silent:
            run = await started(page, server.address)
            async with ChannelTab.of(server, run) as watcher:
                while watcher.step < 50:
                    await asyncio.sleep(0.1)
                for words, path, shown in (
                    ("start", "/", page),
                    ("start, asking nothing", "/", silent),
                    ("lab", "/lab", page),
                ):
                    show = f"{server.address}{path}?run={run}"
                    await page.goto("about:blank")
                    pairs = [
                        await _pair(server, watcher, shown, show, n % 2 == 0, size.period_s)
                        for n in range(size.pairs)
                    ]
                    kept = [on.steps_per_s / off.steps_per_s for on, off in pairs]
                    cores = statistics.median(on.cores["browser"] for on, _ in pairs)
                    share = f"{statistics.median(kept):.0%} ({min(kept):.0%} to {max(kept):.0%})"
                    print(f"| {words} | {share} | ≥ 95 % | {cores:.2f} core | ≤ 0.5 |", flush=True)


async def _pair(
    server: Server,
    watcher: ChannelTab,
    page: Page,
    show: str,
    watched_first: bool,
    seconds: float,
) -> tuple[Period, Period]:
    """A watched and an unwatched period, in either order."""
    periods = {}
    for watched in (watched_first, not watched_first):
        await page.goto(show if watched else "about:blank")
        if watched:
            await page.locator(".load-bars svg").first.wait_for()
        await asyncio.sleep(SETTLE_S)
        periods[watched] = await observe(server, watcher, seconds)
    return periods[True], periods[False]


async def collapse(browser: Browser, size: Size) -> None:
    """Print how long the click on *Start* takes to the words of the collapse, on a new server."""
    seconds = []
    for _ in range(size.starts):
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


async def paints(browser: Browser, size: Size) -> None:
    """Print the first pictures of new visitors, and of reloads."""
    await paint(browser, size.paints, size.reloads)


PARTS = {"paint": paints, "presses": presses, "watching": watching, "collapse": collapse}


async def measure(names: list[str], size: Size) -> None:
    """Run the parts in one browser."""
    async with chromium() as browser:
        for name in names:
            await PARTS[name](browser, size)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="once each: whether all of it works")
    args = parser.parse_args()
    print(f"Before: {machine()}", flush=True)
    asyncio.run(measure(args.only.split(","), QUICK if args.quick else FULL))
    print(f"\nAfter: {machine()}")


if __name__ == "__main__":
    main()
