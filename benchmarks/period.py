"""What tabs without a browser saw over a period, beside what their server's workers reported.

The server is `served.py`, whose routes tell of reports. Presses nothing and starts nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channel_tab import ChannelTab
from serving import Server


@dataclass(frozen=True)
class Period:
    """What one period showed; times in seconds, CPU in cores, waits from one step to the next."""

    seconds: float
    delays_s: list[float]
    missed: int
    records_per_s: list[float]
    reports_per_s: float
    encoded: int
    steps_per_s: float
    waits_s: list[float]
    record_bytes: float
    web_cpu: float
    worker_cpu: float
    client_cpu: float


async def get(server: Server, path: str) -> Any:
    """What a route answers."""
    return json.loads(await asyncio.to_thread(fetched, server.address + path))


def fetched(address: str) -> bytes:
    """What an address answers, as bytes."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        return bytes(answer.read())


async def observe(server: Server, tabs: Sequence[ChannelTab], seconds: float) -> Period:
    """Watch for a while."""
    encoded = (await get(server, "/benchmark/reports"))["encoded"]
    begins = {tab.record["run"]: tab.step for tab in tabs}
    for tab in tabs:
        tab.forget()
    start, cpu = time.monotonic(), _cpu(server)
    await asyncio.sleep(seconds)
    elapsed = time.monotonic() - start
    web, worker, client = ((b - a) / elapsed for a, b in zip(cpu, _cpu(server), strict=True))
    counts, sizes = [len(tab.seen) for tab in tabs], sum(tab.received_bytes for tab in tabs)
    await asyncio.sleep(1.0)  # the last reports arrive
    told = await get(server, "/benchmark/reports")
    heard: dict[str, list[tuple[int, float]]] = {run: [] for run in begins}
    for run, step, at in told["reports"]:
        heard[run].append((step, at))
    reports = [each for each in told["reports"] if each[2] < start + elapsed]
    by_run: dict[str, list[tuple[int, float]]] = {tab.record["run"]: [] for tab in tabs}
    for run, step, at in reports:
        by_run[run].append((step, at))
    arrived = [_delay(tab, step, at) for tab in tabs for step, at in by_run[tab.record["run"]]]
    return Period(
        seconds=elapsed,
        delays_s=[each for each in arrived if each is not None],
        missed=arrived.count(None),
        records_per_s=[count / elapsed for count in counts],
        reports_per_s=len(reports) / elapsed,
        encoded=told["encoded"] - encoded,
        steps_per_s=sum(done[-1][0] - done[0][0] for done in by_run.values() if done) / elapsed,
        waits_s=[w for run, step in begins.items() for w in _waits(step, heard[run], start)],
        record_bytes=sizes / max(1, sum(counts)),
        web_cpu=web,
        worker_cpu=worker,
        client_cpu=client,
    )


def _delay(tab: ChannelTab, step: int, at: float) -> float | None:
    """From a report to the first record with its step or a later one."""
    return next((seen - at for seen, told in tab.seen if told >= step), None)


def _waits(step: int, heard: Sequence[tuple[int, float]], start: float) -> list[float]:
    """Seconds from step to step, as far as reports tell: the mean of those of one report.

    What has passed since the last report counts as waits of as many steps as that one told.
    """
    waits, before, told = list[float](), (step, start), 1
    for report in heard:
        if report[0] > before[0]:
            told = report[0] - before[0]
            waits.append((report[1] - before[1]) / told)
            before = report
    return [*waits, (time.monotonic() - before[1]) / told]


def _cpu(server: Server) -> tuple[float, float, float]:
    return server.cpu_s(), server.workers_cpu_s(), time.process_time()
