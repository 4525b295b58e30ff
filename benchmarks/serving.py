"""A server of the app for a benchmark: folders of its own, loopback, a free port, ended at the end.

Also what a benchmark says of the machine. Knows nothing of browsers or of what is measured.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_S = 60
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server; `started_s` is the wall-clock time at which its process was started."""

    pid: int
    port: int
    started_s: float

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream(self) -> str:
        """Where a session speaks with it."""
        return f"ws://127.0.0.1:{self.port}/_stcore/stream"

    def cpu_s(self) -> float:
        """CPU time that the web process has used; its workers not included."""
        return cpu_s(self.pid)

    def workers_cpu_s(self) -> float:
        """CPU time that its workers have used."""
        return sum(cpu_s(pid) for pid in children(self.pid))


@contextlib.contextmanager
def serving(folder: Path, **limits: int) -> Iterator[Server]:
    """Serve the app as `make run` does, its data and cache in `folder`; ready when it answers."""
    port = _free_port()
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "MOEVIZ_DATA_DIR": str(folder / "data"),
        "MOEVIZ_CACHE_DIR": str(folder / "cache"),
        **{f"MOEVIZ_{name.upper()}": str(value) for name, value in limits.items()},
    }
    started = time.time()
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moeviz.ui.serve", *options],
            cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        server = Server(process.pid, port, started)
        _wait_until_healthy(process, server.address)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"no answer from {address} within {START_S} s")


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
