"""Many sessions on one server, each training its own run on the start page.

    .venv/bin/python benchmarks/sessions.py [--sessions 20] [--rounds 4] [--seconds 12]

Sessions speak Streamlit's messages over loopback, without a browser; they ask for a tick every
0.2 s, as the page tells them to. Periods with one run and with all of them alternate, so that what
else the machine does meets both. While all train, one session after the other runs its whole page
again, as a click would. Server, worker and this client share the machine: the client's own CPU is
printed. Takes about three minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from serving import Server, machine, serving
from visitor import Visitor

from moeviz.config import RunConfig
from moeviz.ui.shared.lab_state import LabState

READY_S, SETTLE_S, CLICK_EVERY_S = 120, 3.0, 0.25


@dataclass(frozen=True)
class Period:
    """What one period showed; rates are of all training sessions together, CPU in cores."""

    tokens_per_s: float
    updates_per_s: list[float]
    ticks_s: list[float]
    clicks_s: list[float]
    web_cpu: float
    worker_cpu: float
    client_cpu: float
    bytes_per_update: float

    @property
    def tokens_per_core_s(self) -> float:
        """By the worker's CPU time: what other processes take of the machine does not count."""
        return self.tokens_per_s / self.worker_cpu


async def observe(server: Server, visitors: list[Visitor], seconds: float, click: bool) -> Period:
    """Watch the visitors for a while; `click`: they run their pages again, one after the other."""
    for each in visitors:
        each.forget_ticks()
    steps = sum(each.step for each in visitors)
    start, cpu = time.monotonic(), _cpu(server)
    clicks = await _clicks(visitors, start + seconds) if click else []
    await asyncio.sleep(max(0.0, start + seconds - time.monotonic()))
    elapsed = time.monotonic() - start
    web, worker, client = ((b - a) / elapsed for a, b in zip(cpu, _cpu(server), strict=True))
    done = sum(each.step for each in visitors) - steps
    updates = [each.ticks for each in visitors]
    return Period(
        tokens_per_s=done * tokens_per_step() / elapsed,
        updates_per_s=[count / elapsed for count in updates],
        ticks_s=[trip for each in visitors for trip in each.round_trips_s],
        clicks_s=clicks,
        web_cpu=web,
        worker_cpu=worker,
        client_cpu=client,
        bytes_per_update=sum(each.received_bytes for each in visitors) / max(1, sum(updates)),
    )


async def _clicks(visitors: list[Visitor], until: float) -> list[float]:
    trips = []
    for turn in range(10_000):
        if time.monotonic() >= until:
            break
        trip = await visitors[turn % len(visitors)].rerun()
        trips.append(trip)
        await asyncio.sleep(max(0.0, CLICK_EVERY_S - trip))
    return trips


def _cpu(server: Server) -> tuple[float, float, float]:
    return server.cpu_s(), server.workers_cpu_s(), time.process_time()


def tokens_per_step() -> int:
    """Training tokens of one step of the start page's run, all its arms."""
    config: RunConfig = LabState().run_config()
    return sum(arm.train.batch_size * arm.model.context_length for arm in config.arms)


async def press_all(visitors: list[Visitor], button: str) -> None:
    """One after the other, as people do."""
    for each in visitors:
        await each.rerun(press=button)


async def until_training(visitors: list[Visitor]) -> None:
    """Wait until every one of them shows more steps than now."""
    before = [each.step for each in visitors]
    deadline = time.monotonic() + READY_S
    while any(v.step <= step for v, step in zip(visitors, before, strict=True)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not all runs train after {READY_S} s")
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLE_S)


async def measure(server: Server, args: argparse.Namespace) -> tuple[list[Period], list[Period]]:
    """Periods with one training session and with all, in turn."""
    visitors = [await Visitor.open(server.stream) for _ in range(args.sessions)]
    first, others = visitors[:1], visitors[1:]
    await press_all(first, "do_start")
    await until_training(first)
    alone, together = [], []
    for turn in range(args.rounds):
        alone.append(await observe(server, first, args.seconds, click=False))
        await press_all(others, "do_play" if turn else "do_start")
        await until_training(visitors)
        together.append(await observe(server, visitors, args.seconds, click=True))
        await press_all(others, "do_pause")
        await asyncio.sleep(SETTLE_S)
    for each in visitors:
        await each.close()
    return alone, together


def report(sessions: int, alone: list[Period], together: list[Period]) -> None:
    """Print the table."""
    updates = [rate for each in together for rate in each.updates_per_s]
    ticks = [trip for each in together for trip in each.ticks_s]
    clicks = [trip for each in together for trip in each.clicks_s]
    pairs = list(zip(alone, together, strict=True))
    kept = [b.tokens_per_s / a.tokens_per_s for a, b in pairs]
    per_core = [b.tokens_per_core_s / a.tokens_per_core_s for a, b in pairs]
    print(f"\n| {sessions} sessions on one server | measured | target |\n|---|---|---|")
    print(
        f"| updates/s of a session: median (lowest) "
        f"| {statistics.median(updates):.2f} ({min(updates):.2f}) | ≥ 4.5 of 5 |"
    )
    print(f"| a tick, asked to answered: median, p95 | {trips(ticks)} | p95 ≤ 150 ms |")
    print(f"| a click, the whole page again: median, p95 | {trips(clicks)} | p95 ≤ 150 ms |")
    print(
        f"| training tokens/s of {sessions} against 1: median (range) | {shares(kept)} | ≥ 90 % |"
    )
    print(f"| … per second of the worker's CPU | {shares(per_core)} | |\n")
    for words, periods in (("1 session", alone), (f"{sessions} sessions", together)):
        print(f"{words}: {_resources(periods)}")


def shares(ratios: list[float]) -> str:
    """Median and range."""
    return f"{statistics.median(ratios):.0%} ({min(ratios):.0%} to {max(ratios):.0%})"


def trips(seconds: list[float]) -> str:
    """Median and 95th percentile in milliseconds, and how many answers were lost."""
    ordered = sorted(seconds)
    middle, high = (1000 * ordered[int(part * len(ordered))] for part in (0.5, 0.95))
    lost = sum(map(math.isinf, ordered))
    words = f"{middle:.0f} ms, {high:.0f} ms"
    return f"{words} ({lost} of {len(ordered)} lost)" if lost else words


def _resources(periods: list[Period]) -> str:
    def middle(field: str) -> float:
        return statistics.median(getattr(each, field) for each in periods)

    return (
        f"{middle('tokens_per_s'):,.0f} tokens/s; cores in use: worker {middle('worker_cpu'):.2f}, "
        f"web {middle('web_cpu'):.2f}, client {middle('client_cpu'):.2f}; "
        f"{middle('bytes_per_update') / 1000:.1f} kB an update"
    )


def main() -> None:
    """Serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=12.0)
    args = parser.parse_args()
    print(f"Before: {machine()}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), live_runs=2 * args.sessions) as server,
    ):
        alone, together = asyncio.run(measure(server, args))
    print(f"After: {machine()}")
    report(args.sessions, alone, together)


if __name__ == "__main__":
    main()
