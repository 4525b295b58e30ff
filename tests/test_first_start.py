"""The first start on a desktop, by hand in a terminal: the app serves at once.

Streamlit asks for an e-mail address where its settings do not forbid it, and serves nothing until
somebody answers.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import END_S, ROOT, free_port, wait_until_healthy

pytestmark = pytest.mark.slow

STREAMLIT = Path(sys.executable).parent / "streamlit"


@pytest.fixture
def desktop(tmp_path) -> dict[str, str]:
    """The environment of a user with a display and nothing in their home folder."""
    (tmp_path / "home").mkdir()
    ours = ("STREAMLIT_", "MOEVIZ_", "XDG_", "PYTHONPATH")
    kept = {name: each for name, each in os.environ.items() if not name.startswith(ours)}
    return {**kept, "DISPLAY": ":99", "HOME": str(tmp_path / "home")}


@pytest.fixture(params=["pipe", "terminal"])
def stdin(request) -> Iterator[int]:
    """An input that somebody could answer at, and does not."""
    far, near = pty.openpty() if request.param == "terminal" else os.pipe()[::-1]
    yield near
    os.close(near)
    os.close(far)


def test_a_first_start_serves_and_asks_for_nothing(desktop, stdin, tmp_path):
    port = free_port()
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [STREAMLIT, "run", "app.py", "--server.port", str(port)],
            cwd=ROOT, env=desktop, stdin=stdin, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_until_healthy(process, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(END_S)
    words = (tmp_path / "said").read_text()
    assert "mail" not in words.lower()
    assert "Welcome" not in words
    assert f"http://127.0.0.1:{port}" in words


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_run_is_that_start():
    told = ["make", "--no-print-directory", "--dry-run", "run", "ARGS=--server.port 8600"]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ".venv/bin/streamlit run app.py --server.port 8600"
