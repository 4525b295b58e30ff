"""How long the server takes to answer a change on each page that counts.

    .venv/bin/python benchmarks/count_pages.py [--changes 40]

One session without a browser (Streamlit's AppTest) turns one control of each page to and fro; the
page runs again each time, as for a visitor. A round takes one change of every page in turn, so that
other work on the machine affects all of them. Printed are the wall-clock and CPU time of this
process, in ms, median and 95th percentile; reading the answer as a test does is in them. The first
changes, which fill caches, are not counted.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import machine
from streamlit.testing.v1 import AppTest

from moeviz.engine.local import LocalEngine

ROOT = Path(__file__).parents[1]
APP = ROOT / "moeviz" / "ui" / "main.py"
NOT_COUNTED = 2


def _slider(key: str, *values: float) -> Callable[[AppTest, int], None]:
    def turn_it(app: AppTest, turn: int) -> None:
        app.select_slider(key=key).set_value(values[turn % 2])

    return turn_it


def _models(app: AppTest, turn: int) -> None:
    names = (["Mixtral-8x7B", "Kimi-K2"], ["DeepSeek-V3", "gpt-oss-120b", "DBRX"])
    app.multiselect(key="count_compare").set_value(names[turn % 2])


def _example(app: AppTest, turn: int) -> None:
    app.selectbox(key="own_example").set_value(("deepseek-v3", "qwen3")[turn % 2])


CHANGES: dict[str, Callable[[AppTest, int], None]] = {
    "total_vs_active": _slider("sketch_n_experts", 16, 64),
    "released_models": _models,
    "your_config": _example,
    "flops": _slider("count_context", 8192, 131_072),
    "memory": _slider("count_context", 8192, 131_072),
    "decoding_speed": _slider("count_batch", 16, 256),
    "granularity": _slider("count_value", 1, 4),
}


def opened(page: str) -> AppTest:
    """A session at the page."""
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    app.switch_page(str(ROOT / "pages" / "cost" / f"{page}.py")).run()
    assert not app.exception
    return app


def change(page: str, app: AppTest, turn: int) -> tuple[float, float]:
    """Milliseconds of the clock and of this process's CPU until the page has run again."""
    CHANGES[page](app, turn)
    clock, cpu = time.perf_counter(), time.process_time()
    app.run()
    spent = time.perf_counter() - clock, time.process_time() - cpu
    assert not app.exception
    return 1e3 * spent[0], 1e3 * spent[1]


def main() -> None:
    """Print a line a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--changes", type=int, default=40)
    changes = parser.parse_args().changes
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as directory:
        engine = sys._moeviz_engine = LocalEngine(directory=Path(directory))  # type: ignore[attr-defined]
        try:
            apps = {page: opened(page) for page in CHANGES}
            rounds = [
                {page: change(page, app, turn) for page, app in apps.items()}
                for turn in range(changes + NOT_COUNTED)
            ][NOT_COUNTED:]
        finally:
            engine.shutdown()
    print(machine())
    print("page          median     p95   CPU median, ms")
    for page in CHANGES:
        clocks = [each[page][0] for each in rounds]
        median, worst = statistics.median(clocks), statistics.quantiles(clocks, n=20)[-1]
        cpu = statistics.median(each[page][1] for each in rounds)
        print(f"{page:12} {median:7.0f} {worst:7.0f} {cpu:7.0f}")


if __name__ == "__main__":
    main()
