"""A server of the app, or of one script, for a test or a benchmark: folders of its own, loopback, a
free port, ended at the end. Knows nothing of browsers or of what is tested.
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
"""Only turns a hang into a failure."""
END_S = 30
PAUSE_S = 0.02


@dataclass(frozen=True)
class Server:
    """A server that is up.

    Attributes:
        folder: its own, with the runs in `data` and its output.
        started_s: the wall-clock time at which its process was started.
        base_path: `server.baseUrlPath`, with a slash before it, or "".
    """

    pid: int
    port: int
    folder: Path
    started_s: float
    base_path: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base_path}"


@contextlib.contextmanager
def serving(
    folder: Path,
    script: Path | None = None,
    app: Path | None = None,
    base_path: str = "",
    **limits: int,
) -> Iterator[Server]:
    """Serve a script, another app, or the app as `make run` does; ready when it answers."""
    port, started_s = free_port(), time.time()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _command(script, app, port, base_path),
            cwd=ROOT,
            env=_environment(folder, script, limits),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Server(process.pid, port, folder, started_s, base_path)
        wait_until_healthy(process, server.address)
        yield server
    finally:
        process.terminate()
        process.wait(END_S)


@contextlib.contextmanager
def served_again(server: Server) -> Iterator[None]:
    """The app on the folder and port of a server that was killed."""
    process = subprocess.Popen(
        _command(None, None, server.port, server.base_path),
        cwd=ROOT,
        env=_environment(server.folder, None, {}),
    )
    try:
        wait_until_healthy(process, server.address)
        yield
    finally:
        process.terminate()
        process.wait(END_S)


def _command(script: Path | None, app: Path | None, port: int, base_path: str) -> list[str]:
    app = app or (ROOT / "tests" / "e2e" / "served.py" if script else ROOT / "app.py")
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    options += [f"--server.baseUrlPath={base_path}"] if base_path else []
    return [sys.executable, "-m", "streamlit", "run", str(app), *options]


def _environment(folder: Path, script: Path | None, limits: dict[str, int]) -> dict[str, str]:
    """A script elsewhere imports the project too."""
    return {
        **os.environ,
        **({"MOEVIZ_TEST_SCRIPT": str(script)} if script else {}),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "MOEVIZ_DATA_DIR": str(folder / "data"),
        "MOEVIZ_CACHE_DIR": str(folder / "cache"),
        **{f"MOEVIZ_{name.upper()}": str(value) for name, value in limits.items()},
    }


def workers(server: Server) -> list[int]:
    """The processes that train for this server."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            ours = parent == server.pid
            if ours and b"moeviz.engine.worker" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def free_port() -> int:
    """A port that nothing listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(process: subprocess.Popen[bytes], address: str) -> None:
    """Return when the server answers; RuntimeError when it ends or stays silent."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(PAUSE_S)
    raise RuntimeError(f"no answer from {address} within {START_S} s")
