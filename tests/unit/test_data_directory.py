"""A data directory is one server's: the second one ends in a line, and nothing outlives a kill."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moeviz.cli.main import main
from moeviz.data_directory import DataDirectoryInUse, cache_directory, claim, data_directory

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from moeviz.engine.runtime import engine
engine()
print("claimed", flush=True)
sys.stdin.read()
"""
TIMEOUT_S = 60


def started(*arguments: str, directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "MOEVIZ_DATA_DIR": str(directory)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process whose engine is in `tmp_path`."""
    with started("-c", HOLDER, directory=tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline() == "claimed\n"
        yield process
        process.kill()


def test_a_second_server_ends_in_one_line(holder, tmp_path: Path) -> None:
    second = started(
        "-m", "streamlit", "run", "app.py", "--server.headless=true", directory=tmp_path
    )
    _, complaint = second.communicate(timeout=TIMEOUT_S)
    assert second.returncode == 2
    assert complaint == (
        f"moeviz: another moeviz keeps its runs in {tmp_path}. Stop it, or give this one a folder "
        "of its own: set MOEVIZ_DATA_DIR to that folder's path.\n"
    )


def test_a_second_engine_is_refused_whoever_serves_it(holder, tmp_path: Path) -> None:
    second = started("-c", HOLDER, directory=tmp_path)
    said, complaint = second.communicate(timeout=TIMEOUT_S)
    assert (second.returncode, said) == (1, "")
    assert "DataDirectoryInUse: another moeviz keeps its runs in" in complaint


def test_another_folder_is_free(holder, tmp_path: Path) -> None:
    second = started("-c", HOLDER, directory=tmp_path / "other")
    assert second.communicate(timeout=TIMEOUT_S) == ("claimed\n", "")


def test_the_claim_is_gone_with_its_holder_even_when_that_is_killed(holder, tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryInUse):
        claim(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.wait(TIMEOUT_S)
    claim(tmp_path)
    claim(tmp_path)  # a process has what it has


def test_training_without_a_browser_asks_for_no_folder(
    holder, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("MOEVIZ_DATA_DIR", str(tmp_path))
    with pytest.raises(DataDirectoryInUse):
        claim(data_directory())
    assert main(["train", "--steps", "1", "--json"]) == 0
    assert '"step": 1' in capsys.readouterr().out


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_used_without(tmp_path: Path, monkeypatch, code: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "lockf", refuse)
    claim(tmp_path)


def test_a_system_without_locks_and_a_folder_that_cannot_be_made_are_used_without(
    tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "file").touch()
    claim(tmp_path / "file" / "data")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    claim(tmp_path)


@pytest.mark.parametrize(
    ("variable", "directory"),
    [("MOEVIZ_DATA_DIR", data_directory), ("MOEVIZ_CACHE_DIR", cache_directory)],
)
def test_the_environment_names_each_directory(
    variable: str, directory: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    assert directory() == tmp_path
    monkeypatch.setenv(variable, "")
    assert directory().is_absolute()
    assert directory() != tmp_path


def test_caches_lie_apart_from_what_a_server_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOEVIZ_DATA_DIR", raising=False)
    monkeypatch.delenv("MOEVIZ_CACHE_DIR", raising=False)
    assert data_directory() != cache_directory()
