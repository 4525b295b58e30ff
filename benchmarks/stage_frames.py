"""Frames/s of the routing stage while it plays, in headless Chromium.

    .venv/bin/python benchmarks/stage_frames.py [--tokens 128] [--experts 16] [--top-k 2]

All eight scenes are played once, with capacity factor 1. Counted are the animation frames of the
page while something moves; while words are read nothing does, and the frames of that time, in turn
with the others, say what the machine gives a page at rest. Windows are 1 s.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import sync_playwright

from tests.e2e.conftest import ARGUMENTS, CHROMIUM
from tests.serving import serving

HARNESS = Path(__file__).parents[1] / "tests" / "e2e" / "stage_harness.py"
PLAY_MS = 180_000
RECORD = """() => {
    const host = [...document.querySelectorAll('*')]
        .find((each) => each.shadowRoot?.querySelector('.routing-stage'));
    const stage = host.shadowRoot.querySelector('.routing-stage');
    const seen = window.seen = { moving: [], still: [], tasks: [] };
    new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration)))
        .observe({ type: 'longtask' });
    let last = null, state = null;
    const frame = (now) => {
        const before = state;
        state = stage.view.player.phase === 'move' ? 'moving' : 'still';
        if (state === before) seen[state].push(now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""


def play(address: str, browser: Any) -> dict[str, list[float]]:
    """ms between frames in motion and at rest, and of each long task, over one whole play."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    stage = page.locator(".routing-stage")
    stage.locator(".chip").first.wait_for()
    page.evaluate(RECORD)
    stage.get_by_role("button", name="Play").click()
    stage.get_by_role("button", name="Replay").wait_for(timeout=PLAY_MS)
    seen: dict[str, list[float]] = page.evaluate("window.seen")
    return seen


def window_rates(gaps: list[float]) -> list[float]:
    """Frames/s in each second."""
    rates, count, passed = [], 0, 0.0
    for gap in gaps:
        count, passed = count + 1, passed + gap
        if passed >= 1000:
            rates.append(1000 * count / passed)
            count, passed = 0, 0.0
    return rates


def main() -> None:
    """Print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("tokens", 128), ("experts", 16), ("top-k", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    ask = parser.parse_args()
    query = f"tokens={ask.tokens}&experts={ask.experts}&top_k={ask.top_k}&capacity=1"
    with tempfile.TemporaryDirectory() as folder:
        script = shutil.copy(HARNESS, folder)
        with serving(Path(folder), Path(script)) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            seen = play(f"{server.address}/?{query}", browser)
            browser.close()
    cells = [f"{ask.tokens} × {ask.experts}, {ask.top_k}"]
    for state in ("moving", "still"):
        rates = window_rates(seen[state])
        low = statistics.quantiles(rates, n=20)[0]
        cells += [f"{statistics.median(rates):.1f}", f"{low:.1f}"]
    cells += [f"{len(seen['tasks'])} ({sum(seen['tasks']):.0f} ms)"]
    print(
        "| tokens × experts, k | frames/s moving, median | p5 | at rest, median | p5 | long tasks |"
    )
    print("|---|---|---|---|---|---|")
    print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
