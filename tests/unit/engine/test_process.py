"""Worker processes end when their parent does, whatever they are doing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.messages import Broken, Load, Progress, Ready, Report
from moeviz.engine.process import WorkerProcess

TIMEOUT_S = 30.0
CONFIG = RunConfig((ArmConfig.of("A", {}),))
ROOT = Path(__file__).parents[3]


class Watched:
    """A worker process and what it has reported."""

    def __init__(self, trainer: str) -> None:
        self.reports: list[Report] = []
        self.ended = threading.Event()
        self._changed = threading.Condition()
        self.process = WorkerProcess(trainer, self._note, lambda _process: self.ended.set())

    def _note(self, report: Report) -> None:
        with self._changed:
            self.reports.append(report)
            self._changed.notify_all()

    def wait_for(self, kind: type, condition: Callable[[Report], bool] = lambda report: True):
        def found() -> list[Report]:
            return [r for r in self.reports if isinstance(r, kind) and condition(r)]

        with self._changed:
            assert self._changed.wait_for(found, TIMEOUT_S)
            return found()[0]


@pytest.fixture
def started():
    made: list[Watched] = []

    def start(trainer: str) -> Watched:
        made.append(Watched(f"tests.fakes:{trainer}"))
        return made[-1]

    yield start
    for each in made:
        each.process.close(timeout_s=0.1)


def test_a_worker_ends_when_it_is_closed(started) -> None:
    watched = started("CountingTrainer")
    watched.wait_for(Ready)
    watched.process.close(TIMEOUT_S)
    assert watched.ended.is_set()
    assert watched.process.ending == "ended with exit code 0"


def test_a_worker_that_cannot_import_its_trainer_says_so(started) -> None:
    watched = started("NoSuchTrainer")
    assert "NoSuchTrainer" in watched.wait_for(Broken).reason
    assert watched.ended.wait(TIMEOUT_S)


def test_a_killed_worker_is_noticed_and_its_turn_is_known(started) -> None:
    watched = started("StuckTrainer")
    watched.process.send(Load("r" * 22, 1, 1, CONFIG, max_steps=9, go=True))
    watched.wait_for(Progress)
    os.kill(watched.process.pid, signal.SIGKILL)
    assert watched.ended.wait(TIMEOUT_S)
    assert watched.process.ending == "was killed by signal 9"


def test_a_worker_is_polite_and_has_one_thread_for_mathematics(started) -> None:
    watched = started("CountingTrainer")
    watched.wait_for(Ready)
    assert os.getpriority(os.PRIO_PROCESS, watched.process.pid) >= 10
    environment = Path(f"/proc/{watched.process.pid}/environ").read_bytes().split(b"\0")
    assert b"OMP_NUM_THREADS=1" in environment


@pytest.mark.parametrize("trainer", ["CountingTrainer", "StuckTrainer"])
def test_workers_die_with_a_killed_server_even_in_the_middle_of_a_step(
    tmp_path: Path, trainer: str
) -> None:
    server = f"""
from moeviz.engine.local import LocalEngine
from moeviz.config import ArmConfig, RunConfig
from pathlib import Path
engine = LocalEngine("tests.fakes:{trainer}", directory=Path({str(tmp_path)!r}))
run = engine.start(RunConfig((ArmConfig.of("A", {{}}),)), "me")
engine.wait(run, lambda status: status.state == "running", {TIMEOUT_S})
print(engine.worker_pids[0], flush=True)
input()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", server], stdout=subprocess.PIPE, stdin=subprocess.PIPE, cwd=ROOT
    )
    with parent:
        assert parent.stdout is not None
        worker = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        assert select.select([worker], [], [], TIMEOUT_S)[0], "the worker outlived its server"
    finally:
        os.close(worker)
