"""A server of the app for a benchmark, the CPU time that it takes, and what the machine is doing.

Knows nothing of browsers or of what is measured.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import tests.serving

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Server(tests.serving.Server):
    """A running server that is measured."""

    @property
    def stream(self) -> str:
        """Where a session speaks with it."""
        return f"ws://127.0.0.1:{self.port}/_stcore/stream"

    @property
    def channel(self) -> str:
        """Where a tab's live channel is."""
        return f"ws://127.0.0.1:{self.port}/live"

    def cpu_s(self) -> float:
        """CPU time that the web process has used; its workers not included."""
        return cpu_s(self.pid)

    def workers_cpu_s(self) -> float:
        """CPU time that its workers have used."""
        return sum(cpu_s(pid) for pid in children(self.pid))


@contextlib.contextmanager
def serving(
    folder: Path, script: Path | None = None, app: Path | None = None, **limits: int
) -> Iterator[Server]:
    """As `tests.serving.serving`."""
    with tests.serving.serving(folder, script, app, **limits) as server:
        yield Server(server.pid, server.port, server.folder, server.started_s)


def cpu_s(pid: int) -> float:
    """User and system time of one process, all its threads; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def children(pid: int) -> list[int]:
    """The processes that a process has started itself."""
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for file in files for child in file.read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """Its children and theirs."""
    direct = children(pid)
    return direct + [each for child in direct for each in descendants(child)]


def machine() -> str:
    """Cores and load, one line: what else runs here decides what any figure means."""
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    return f"{os.cpu_count()} cores, load average {load} (1, 5, 15 min)"
