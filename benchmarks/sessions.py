"""Many sessions on one server, by the live channel: each trains its own run, or all watch one.

    .venv/bin/python benchmarks/sessions.py [--sessions 1,20,40,100] [--tabs 30,100] [--quick]

The server is the app with an ear at its engine, which notes when a worker's report has arrived; the
sessions are this process: tabs without a browser, over loopback, which confirm records as a browser
does. From a report to the record that tells its step, both by one clock: that is the delay. Then,
while all train, one session after the other presses a knob, and new visitors open the start page.
Server, worker and this process share the machine: what each takes is printed. Takes about eight
minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from channel_tab import ChannelTab
from period import Period, fetched, get, observe
from serving import Server, machine, serving
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from moeviz.engine.worker import BURST_S

SERVED = Path(__file__).parent / "served.py"
READY_S, SETTLE_S, PRESS_EVERY_S = 300.0, 3.0, 0.1


async def opened_s(server: Server) -> float:
    """Seconds for a new visitor's session: from the handshake to the end of the page's script."""
    began = time.monotonic()
    message = BackMsg()
    message.rerun_script.context_info.timezone = "UTC"
    async with connect(server.stream, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        await socket.send(message.SerializeToString())
        async for payload in socket:
            heard = ForwardMsg()
            heard.ParseFromString(payload)  # type: ignore[arg-type]
            if heard.WhichOneof("type") == "script_finished":
                break
    return time.monotonic() - began


async def fetched_s(server: Server, path: str) -> float:
    """Seconds for one HTTP request."""
    began = time.monotonic()
    await asyncio.to_thread(fetched, server.address + path)
    return time.monotonic() - began


@dataclass(frozen=True)
class Visits:
    """Seconds of each, while all train."""

    presses_s: list[float]
    refused: int
    sessions_s: list[float]
    pages_s: list[float]
    health_s: list[float]


async def visit(server: Server, tabs: Sequence[ChannelTab], seconds: float) -> Visits:
    """Presses, one tab after the other, and visitors, one after the other, at the same time."""
    until = time.monotonic() + seconds
    presses, sessions, pages, health = list[float](), list[float](), list[float](), list[float]()
    refused = 0

    async def press() -> None:
        nonlocal refused
        turn = 0
        while time.monotonic() < until:
            alpha = f"0.0{1 + turn // len(tabs) % 9}"
            took, answer = await tabs[turn % len(tabs)].press(
                "set", knobs={"aux_coefficient": alpha}, arms=["B"]
            )
            presses.append(took)
            refused += answer["kind"] != "ack"
            turn += 1
            await asyncio.sleep(PRESS_EVERY_S)

    async def come() -> None:
        while time.monotonic() < until:
            pages.append(await fetched_s(server, "/"))
            sessions.append(await opened_s(server))
            health.append(await fetched_s(server, "/_stcore/health"))

    await asyncio.gather(press(), come())
    return Visits(presses, refused, sessions, pages, health)


async def until_training(tabs: Iterable[ChannelTab], more_steps: int) -> None:
    """Wait until each of them has shown this number of further steps."""
    goals = [(tab, tab.step + more_steps) for tab in tabs]
    deadline = time.monotonic() + READY_S
    while any(tab.step < goal for tab, goal in goals):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not all runs train after {READY_S:g} s")
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLE_S)


async def many_runs(sizes: Sequence[int], seconds: float, view: str) -> None:
    """Sessions that each train and watch their own run, more and more of them."""
    limits = {"live_runs": max(sizes) + 8, "live_runs_per_owner": 8}
    print(
        "\n| sessions that train and watch | report → tab, p50, p95 | updates/s of a tab, median "
        "(least) | steps/s of all | longest wait ÷ fair turns | web | worker | client | "
        "press p95 | session p95 | page p95 | health p95 |\n" + "|---" * 12 + "|"
    )
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(serving(Path(folder), app=SERVED, **limits))
        tabs: list[ChannelTab] = []
        turn_s = 2 * BURST_S
        for size in sizes:
            while len(tabs) < size:
                run = await get(server, f"/benchmark/run?owner=session-{len(tabs)}")
                tabs.append(await stack.enter_async_context(ChannelTab.of(server, run, view)))
                await tabs[-1].press("start")
            await until_training(tabs, 20 if size == 1 else 2)
            period = await observe(server, tabs, max(seconds, 3 * size * turn_s))
            turn_s = max(BURST_S, 1 / period.steps_per_s)
            visits = await visit(server, tabs, seconds)
            print(_row(size, period, visits, turn_s), flush=True)
        print(
            "\nFair turns: as many as runs, of one step each, as long as a step took in that "
            f"period, at least {BURST_S:g} s. {machine()}."
        )


def _row(size: int, period: Period, visits: Visits, turn_s: float) -> str:
    fair_s = size * turn_s
    lost = f", {period.missed} never" if period.missed else ""
    refused = f" ({visits.refused} refused)" if visits.refused else ""
    cells = (
        f"{size}",
        f"{_ms(period.delays_s, 50)}, {_ms(period.delays_s, 95)}{lost}",
        f"{statistics.median(period.records_per_s):.2f} ({min(period.records_per_s):.2f})",
        f"{period.steps_per_s:.1f}",
        f"{max(period.waits_s):.2f} s ÷ {fair_s:.2f} s = {max(period.waits_s) / fair_s:.2f}",
        *(f"{each:.2f}" for each in (period.web_cpu, period.worker_cpu, period.client_cpu)),
        f"{_ms(visits.presses_s, 95)} of {len(visits.presses_s)}{refused}",
        *(_ms(each, 95) for each in (visits.sessions_s, visits.pages_s, visits.health_s)),
    )
    return "| " + " | ".join(cells) + " |"


async def one_run(sizes: Sequence[int], seconds: float, views: Sequence[str]) -> None:
    """Tabs that all watch one run that trains."""
    print(
        "\n| tabs on one run | report → tab, p50, p95 | updates/s of a tab, median (least) | "
        "encodings per report | kB a record | web | worker | client |\n" + "|---" * 8 + "|"
    )
    for view in views:
        for size in sizes:
            async with contextlib.AsyncExitStack() as stack:
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                server = stack.enter_context(serving(Path(folder), app=SERVED))
                run = await get(server, "/benchmark/run?owner=teacher")
                tabs = [
                    await stack.enter_async_context(ChannelTab.of(server, run, view))
                    for _ in range(size)
                ]
                await tabs[0].press("start")
                await until_training(tabs, 50)
                period = await observe(server, tabs, seconds)
            reports = period.reports_per_s * period.seconds
            cells = (
                f"{size}, {view}",
                f"{_ms(period.delays_s, 50)}, {_ms(period.delays_s, 95)}",
                f"{statistics.median(period.records_per_s):.2f} ({min(period.records_per_s):.2f})",
                f"{period.encoded / reports:.2f} of {reports:.0f}",
                f"{period.record_bytes / 1000:.1f}",
                *(f"{each:.2f}" for each in (period.web_cpu, period.worker_cpu, period.client_cpu)),
            )
            print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\n{machine()}.")


def _ms(seconds: Sequence[float], percent: int) -> str:
    ordered = sorted(seconds)
    return f"{1e3 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]:.0f} ms"


def main() -> None:
    """Serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", default="1,20,40,100")
    parser.add_argument("--tabs", default="30,100")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--quick", action="store_true", help="few sessions, for a short time")
    args = parser.parse_args()
    sessions, tabs = ([int(n) for n in each.split(",") if n] for each in (args.sessions, args.tabs))
    seconds = args.seconds
    if args.quick:
        sessions, tabs, seconds = [1, 5], [5], 4.0
    print(f"Before: {machine()}", flush=True)
    if tabs:
        asyncio.run(one_run(tabs, seconds, ("bars", "charts")))
    if sessions:
        asyncio.run(many_runs(sessions, seconds, "charts"))
    print(f"After: {machine()}")


if __name__ == "__main__":
    main()
