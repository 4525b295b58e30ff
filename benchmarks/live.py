"""The app as a visitor sees it: a real server, real training, a headless Chromium.

    .venv/bin/python benchmarks/live.py [--only first,watching,controls]

Cold means: a new server process with an empty data and cache folder (tokenizer and corpora are made
again) and a new browser context (nothing cached) in a browser that is running; Python's compiled
files and the disk's pages are warm. Restarted means: the same, but the folders of an earlier run.
Times are taken inside the page, at frames. The browser draws in software and shares the cores with
training. Takes five minutes, longer on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, async_playwright
from serving import Server, cpu_s, descendants, machine, serving
from visitor import Visitor

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS = 120_000
STARTS = 3
PAIRS, PERIOD_S, SETTLE_S = 5, 5.0, 1.0
CHANGES, LOST_S = 30, 10.0

SEEN = """
window.seen = {};
const note = (name, found) => {
  if (found && !seen[name]) seen[name] = (performance.timeOrigin + performance.now()) / 1000;
};
window.inside = (selector) => [...document.querySelectorAll("[data-testid^=stBidiComponent]")]
  .map((host) => (host.shadowRoot ?? host).querySelector(selector)).find(Boolean);
const look = () => {
  note("painted", document.querySelector("h4") && inside(".load-bars svg"));
  note("interactive", seen.painted && document.querySelector(".st-key-transport button:enabled")
    && document.querySelector("[data-test-script-state=notRunning]"));
  if (seen.clicked) {
    const sentences = [...document.querySelectorAll("[data-testid=stText]")];
    note("collapsed", sentences.some((node) => node.textContent.includes("A: Collapsed")));
  }
  if (!seen.collapsed && (!seen.interactive || seen.clicked)) requestAnimationFrame(look);
};
requestAnimationFrame(look);
addEventListener("click", () => { note("clicked", true); requestAnimationFrame(look); },
  { capture: true, once: true });
"""
"""Notes, in seconds since the epoch, the first frame at which each thing is on the page."""

CHANGE = """
([words, marks]) => new Promise((resolve) => {
  let pressed = 0, picture = 0;
  addEventListener("pointerdown", (event) => { pressed = event.timeStamp; },
    { capture: true, once: true });
  const look = (now) => {
    if (!picture && inside(".subtitle")?.textContent.includes(words)) picture = now;
    const drawn = inside(".run-charts")?.querySelectorAll(".shapelayer path").length ?? 0;
    if (picture && drawn > marks) resolve([picture - pressed, now - pressed]);
    else requestAnimationFrame(look);
  };
  window.changing = true;
  requestAnimationFrame(look);
})
"""
"""Milliseconds from a press to the frame with the arm's new words, and to that with its mark."""


@asynccontextmanager
async def tab(browser: Browser) -> AsyncIterator[Page]:
    """A page in a new context, as a new visitor has it."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    await page.add_init_script(SEEN)
    yield page
    await context.close()


async def press(page: Page, key: str) -> None:
    """Click a button of the page."""
    await page.locator(f".st-key-{key} button").click()


async def until_step(page: Page, least: int) -> None:
    """Wait until the page shows that many steps."""
    await page.wait_for_function(
        """least => Number((document.body.innerText.match(/step ([\\d,]+)/)?.[1] ?? "0")
             .replaceAll(",", "")) >= least""",
        arg=least,
    )


async def first_visit(browser: Browser, folder: Path) -> dict[str, float]:
    """Start a server, open the start page, press *Start* as soon as it can be pressed."""
    with serving(folder) as server:
        answered = time.time()
        async with tab(browser) as page:
            await page.goto(server.address)
            await page.wait_for_function("seen.interactive")
            await press(page, "do_start")
            await page.wait_for_function("seen.collapsed")
            seen = await page.evaluate("seen")
    return {
        "server answers": answered - server.started_s,
        "painted": seen["painted"] - server.started_s,
        "interactive": seen["interactive"] - server.started_s,
        "click to collapse": seen["collapsed"] - seen["clicked"],
    }


async def first_visits(browser: Browser) -> None:
    """Print what cold and restarted servers show."""
    visits: dict[str, list[dict[str, float]]] = {"cold": [], "restarted": []}
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            visits["cold"].append(await first_visit(browser, Path(folder)))
            visits["restarted"].append(await first_visit(browser, Path(folder)))
    print("\n| first visit, median (range) | cold | restarted | target |\n|---|---|---|---|")
    targets = {"painted": "≤ 2 s", "click to collapse": "≤ 10 s"}
    for name in visits["cold"][0]:
        cells = [spread([each[name] for each in group]) for group in visits.values()]
        print(f"| {name} | {' | '.join(cells)} | {targets.get(name, '')} |", flush=True)


def spread(seconds: list[float]) -> str:
    """Median and range."""
    return f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})"


@dataclass(frozen=True)
class Period:
    """Steps/s of a run over one period, and the cores that each process used meanwhile."""

    steps_per_s: float
    cores: dict[str, float]

    @property
    def steps_per_core_s(self) -> float:
        """By the worker's CPU time: what other processes take of the machine does not count."""
        return self.steps_per_s / self.cores["worker"]


async def observe(server: Server, observer: Visitor) -> Period:
    """Read the run's step and the processes' CPU time before and after PERIOD_S."""
    readings = []
    for wait in (0.0, PERIOD_S):
        await asyncio.sleep(wait)
        await observer.rerun()
        readings.append((time.monotonic(), observer.step, _cpu(server)))
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
    """Print the share of the training rate that is left while a page is watched.

    Unwatched, the tab is at about:blank. Leaving a page pauses its run; another session that shows
    the run, and asks only when the step is read, resumes it and holds the lease.
    """
    print("\n| training rate kept while watched, median (quartiles) | share | target |")
    print("|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        async with tab(browser) as page:
            await page.goto(server.address)
            await press(page, "do_start")
            await until_step(page, 20)
            await page.wait_for_function("location.search.includes('run=')")
            query = urlsplit(page.url).query
            observer = await Visitor.open(server.stream, query, ticking=False)
            for words, path in (("start", "/"), ("lab", "/lab")):
                show = f"{server.address}{path}?{query}"
                report_pairs(words, [await _pair(server, observer, page, show, n % 2 == 0)
                                     for n in range(PAIRS)])  # fmt: skip
            await observer.close()


async def _pair(
    server: Server, observer: Visitor, page: Page, show: str, watched_first: bool
) -> tuple[Period, Period]:
    """A watched and an unwatched period, in either order."""
    periods = {}
    for watched in (watched_first, not watched_first):
        await page.goto(show if watched else "about:blank")
        if watched:
            await page.wait_for_function("seen.painted")
        await _settle(observer)
        periods[watched] = await observe(server, observer)
    return periods[True], periods[False]


async def _settle(observer: Visitor) -> None:
    """Wait until the run trains on: the page that was left pauses it a moment later."""
    grown, step = 0, observer.step
    while grown < 3:
        await asyncio.sleep(SETTLE_S)
        await observer.rerun()
        grown, step = (grown + 1 if observer.step > step else 0), observer.step


def report_pairs(words: str, pairs: list[tuple[Period, Period]]) -> None:
    """Print the rows, and to standard error where the cores went."""
    for what, field, target in (
        (f"{words} page", "steps_per_s", "≥ 85 %"),
        ("… per second of the worker's CPU", "steps_per_core_s", ""),
    ):
        ratios = [getattr(on, field) / getattr(off, field) for on, off in pairs]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"| {what} | {middle:.0%} ({low:.0%} to {high:.0%}) | {target} |", flush=True)
    for says, periods in zip(("watched", "unwatched"), zip(*pairs, strict=True), strict=True):
        rate = statistics.median(each.steps_per_s for each in periods)
        used = ", ".join(
            f"{name} {statistics.median(each.cores[name] for each in periods):.2f}"
            for name in periods[0].cores
        )
        print(f"  {words} {says}: {rate:.1f} steps/s; cores: {used}", file=sys.stderr)


async def controls(browser: Browser) -> None:
    """Print how long a change of k takes to be seen while the run trains."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        async with tab(browser) as page:
            await page.goto(f"{server.address}/lab")
            await press(page, "do_start")
            await until_step(page, 20)
            times: list[tuple[float, float]] = []
            lost = 0
            while len(times) < CHANGES:
                try:
                    times.append(await asyncio.wait_for(_change(page, len(times)), LOST_S))
                except TimeoutError:
                    lost += 1  # the field has its old value again: the same press is due once more
                    if lost > CHANGES:
                        raise
    print(f"\n| k changed {CHANGES} times while training, {lost} lost | median | p95 | target |")
    print("|---|---|---|---|")
    for words, column, target in (
        ("press to the arm's new words", 0, "≤ 150 ms"),
        ("press to the mark on the axis of steps", 1, ""),
    ):
        cuts = statistics.quantiles([each[column] for each in times], n=20)
        print(f"| {words} | {cuts[9]:.0f} ms | {cuts[18]:.0f} ms | {target} |", flush=True)


async def _change(page: Page, turn: int) -> tuple[float, float]:
    button, k = (("Increment", 2), ("Decrement", 1))[turn % 2]
    marks = await page.evaluate("inside('.run-charts').querySelectorAll('.shapelayer path').length")
    await page.evaluate("window.changing = false")
    seen = asyncio.create_task(page.evaluate(CHANGE, [f"k = {k}", marks]))
    await page.wait_for_function("changing")
    await page.locator(".st-key-knob_A_top_k").get_by_role("button", name=button).click()
    words, mark = await seen
    await asyncio.sleep(0.5 + random.random() / 2)
    return words, mark


PARTS = {"first": first_visits, "watching": watching, "controls": controls}


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
