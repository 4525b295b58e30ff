"""What it costs the training rate that Start asks the models what they write.

    .venv/bin/python benchmarks/writes.py

In turn, several times: the start page with its questions, the same without them, the run without a
page, and, while the run is paused, the bare training loop in a process of its own. Printed are
medians: steps/s, and the worker's CPU time for a step, which other work on the machine affects
less.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from channel_tab import ChannelTab
from live import ASKS_NOTHING, Period, observe
from playwright.async_api import Page
from serving import machine, serving
from visitor import chromium, started, tab

TURNS, SECONDS, SETTLE_S = 5, 6.0, 2.0
FIRST_STEP, BARE_STEPS = 50, 40

BARE = f"""
import time, torch
from moeviz.training.lockstep import LockstepTrainer
from moeviz.ui.shared.lab_state import LabState
torch.set_num_threads(1)
trainer = LockstepTrainer(LabState().run_config())
for _ in range({FIRST_STEP}): trainer.step()
cpu_s, wall_s = time.process_time(), time.monotonic()
for _ in range({BARE_STEPS}): trainer.step()
print(time.process_time() - cpu_s, time.monotonic() - wall_s)
"""


def bare_loop() -> Period:
    """The lab's two default models, trained by nothing but a loop."""
    root = Path(__file__).parents[1]
    told = subprocess.check_output([sys.executable, "-c", BARE], cwd=root, text=True)
    cpu_s, wall_s = map(float, told.split())
    return Period(BARE_STEPS / wall_s, {"worker": cpu_s / wall_s})


async def measure() -> dict[str, list[Period]]:
    """The periods of each kind."""
    async with chromium() as browser:
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
            async with tab(browser) as asking, tab(browser, ASKS_NOTHING) as silent:
                pages: dict[str, Page | None] = {
                    "start": asking, "start, asking nothing": silent, "no page": None,
                }  # fmt: skip
                found: dict[str, list[Period]] = {name: [] for name in (*pages, "bare loop")}
                run = await started(asking, server.address)
                async with ChannelTab.of(server, run) as watcher:
                    while watcher.step < FIRST_STEP:
                        await asyncio.sleep(0.1)
                    for turn in range(TURNS):
                        for name in list(pages)[:: 1 if turn % 2 else -1]:
                            page = pages[name]
                            await asking.goto("about:blank")
                            await silent.goto("about:blank")
                            if page:
                                await page.goto(f"{server.address}/?run={run}")
                                await page.locator(".load-bars svg").first.wait_for()
                            await asyncio.sleep(SETTLE_S)
                            found[name].append(await observe(server, watcher, SECONDS))
                        await watcher.press("pause")
                        await asyncio.sleep(SETTLE_S)
                        found["bare loop"].append(await asyncio.to_thread(bare_loop))
                        await watcher.press("start")
    return found


def main() -> None:
    """Measure and print."""
    print(f"Before: {machine()}\n\n| | steps/s | worker's CPU for a step |\n|---|---|---|")
    for name, periods in asyncio.run(measure()).items():
        rate = statistics.median(each.steps_per_s for each in periods)
        cpu_s = statistics.median(each.cores["worker"] / each.steps_per_s for each in periods)
        print(f"| {name} | {rate:.1f} | {1e3 * cpu_s:.1f} ms |", flush=True)
    print(f"\nAfter: {machine()}")


if __name__ == "__main__":
    main()
