"""How long a question takes while its run trains, and what asking costs the training.

    .venv/bin/python benchmarks/trace.py

The lab's default run in a real engine with its worker process. A trace of 128 tokens is asked for
100 times, while the run trains without a pause and again while it is paused: the time from the call
to the record, p50 and p95. Then the run trains for windows of some seconds, left alone and asked
twice a second in turn: the medians' ratio is the training rate that is left. All in wall-clock
time, which the machine's other work lengthens: its load average is printed as well.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.local import LocalEngine
from moeviz.traces import MAX_TRACED_TOKENS, RoutingTrace, TraceQuestion

QUESTION = TraceQuestion(
    "A", {}, "The router sends each token to the expert that scores best. " * 8
)
ASKED, BETWEEN_S = 100, 0.1
WINDOWS, WINDOW_S, EVERY_S = 6, 5.0, 0.5
FIRST_STEPS_S = 120.0


@contextmanager
def default_run() -> Iterator[tuple[LocalEngine, str]]:
    """An engine of its own with the default run, some steps under way."""
    with tempfile.TemporaryDirectory() as directory:
        engine = LocalEngine(directory=Path(directory))
        try:
            run_id = engine.start(RunConfig((ArmConfig.of("A", {}),)), "benchmark")
            engine.wait(run_id, lambda status: status.step >= 20, FIRST_STEPS_S)
            yield engine, run_id
        finally:
            engine.shutdown()


def round_trip_ms(engine: LocalEngine, run_id: str) -> float:
    """Milliseconds from the question to its trace."""
    start = time.perf_counter()
    trace: RoutingTrace = engine.ask(run_id, QUESTION)
    spent = time.perf_counter() - start
    assert len(trace.tokens) == MAX_TRACED_TOKENS
    return 1e3 * spent


def percentiles(engine: LocalEngine, run_id: str) -> tuple[float, float]:
    """p50 and p95 of ASKED round trips, a little apart so that training goes on between them."""
    spent = []
    for _ in range(ASKED):
        spent.append(round_trip_ms(engine, run_id))
        time.sleep(BETWEEN_S)
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def steps_per_s(engine: LocalEngine, run_id: str, asking: bool) -> float:
    """The training rate over one window."""
    start, first = time.perf_counter(), engine.latest(run_id).step
    due = start
    while (now := time.perf_counter()) < start + WINDOW_S:
        if asking and now >= due:
            engine.ask(run_id, QUESTION)
            due += EVERY_S
        time.sleep(0.01)
    return (engine.latest(run_id).step - first) / (time.perf_counter() - start)


def rates(engine: LocalEngine, run_id: str) -> tuple[float, float]:
    """Median steps/s left alone and asked, the windows in turn."""
    pairs = [
        (steps_per_s(engine, run_id, False), steps_per_s(engine, run_id, True))
        for _ in range(WINDOWS)
    ]
    alone, asked = zip(*pairs, strict=True)
    return statistics.median(alone), statistics.median(asked)


def main() -> None:
    """Print one row."""
    with default_run() as (engine, run_id):
        running = percentiles(engine, run_id)
        alone, asked = rates(engine, run_id)
        assert engine.latest(run_id).state == "running", "the run ended before it was measured"
        engine.pause(run_id)
        paused = percentiles(engine, run_id)
    print(
        "| trace of 128 tokens, ms | running, p50 | p95 | paused, p50 | p95 "
        "| steps/s alone | asked twice a second | kept | load average |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| the lab's default: N = 8, k = 1 | {running[0]:.0f} | {running[1]:.0f} "
        f"| {paused[0]:.0f} | {paused[1]:.0f} | {alone:.1f} | {asked:.1f} | {asked / alone:.0%} "
        f"| {os.getloadavg()[0]:.1f} |"
    )


if __name__ == "__main__":
    main()
