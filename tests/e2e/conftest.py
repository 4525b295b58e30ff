"""A browser and servers for the tests that need them. Each server has folders of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = Path(os.environ.get("MOEVIZ_CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERVER_START_S = 40
WAIT_MS = 20_000


@dataclass(frozen=True)
class Server:
    """A server that is up. `folder`: its own, with the runs in `data` and its output."""

    process: subprocess.Popen[bytes]
    address: str
    folder: Path


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for all tests; each test opens its own context in it."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"no browser at {CHROMIUM}: CI must run the browser tests")
        pytest.skip(f"no browser at {CHROMIUM}: install Debian's chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A fresh tab, 1280 × 800, that fails the test when the page throws."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def serve(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    """Serve a script, or the app as `make run` does, on a free port."""
    servers: list[Server] = []

    def start(script: Path | None = None) -> Server:
        port, folder = _free_port(), tmp_path_factory.mktemp("server")
        address = f"http://127.0.0.1:{port}"
        servers.append(Server(_start(script, port, folder), address, folder))
        _wait_until_healthy(servers[-1].process, address)
        return servers[-1]

    yield start
    for server in servers:
        server.process.terminate()
    for server in servers:
        server.process.wait(timeout=20)


def _start(script: Path | None, port: int, folder: Path) -> subprocess.Popen[bytes]:
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {
        **os.environ,
        "PYTHONPATH": python_path,
        "MOEVIZ_DATA_DIR": str(folder / "data"),
        "MOEVIZ_CACHE_DIR": str(folder / "cache"),
    }
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    command = ["moeviz.ui.serve"] if script is None else ["streamlit", "run", str(script)]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *command, *options],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str) -> None:
    """Poll the health address; the deadline only turns a hang into a failure."""
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended before it was healthy"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"no answer from {address} within {SERVER_START_S} s")
