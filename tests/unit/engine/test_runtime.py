"""The engine of the process: one, at work after a hot reload, and ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from moeviz.engine.store import RunStore

ROOT = Path(__file__).parents[3]

RELOAD = """
import sys
from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.local import LocalEngine
sys._moeviz_engine = LocalEngine("tests.fakes:CountingTrainer")
from moeviz.engine.runtime import engine
first = engine()
config = RunConfig((ArmConfig.of("A", {}),))
for name in [name for name in sys.modules if name.startswith("moeviz")]:
    del sys.modules[name]
from moeviz.engine.runtime import engine as reloaded
assert reloaded() is first, "a hot reload made a second engine"
run = first.start(config, "me")
first.wait(run, lambda status: status.step > 5, 30)
first.set(run, {"top_k": 2})
first.wait(run, lambda status: status.marks, 30)
assert "torch" not in sys.modules, "the web process imported torch"
assert "streamlit" not in sys.modules
first.shutdown()
"""


FIRST_CALL = """
import sys
from moeviz.engine.runtime import engine
assert engine() is engine()
engine().warm_up()
assert "torch" not in sys.modules
"""


SERVED = """
from moeviz.engine import runtime
try:
    with runtime.opened_engine() as first:
        assert runtime.engine() is first
        raise OSError("the server fails")
except OSError:
    pass
assert runtime.engine() is not first, "the engine that was shut down is still handed out"
"""


@pytest.mark.parametrize("script", [RELOAD, FIRST_CALL, SERVED])
def test_the_engine_is_one_trains_without_torch_here_and_ends_in_silence(
    tmp_path: Path, script: str
) -> None:
    assert run(script, tmp_path) == ""


def run(script: str, directory: Path) -> str:
    """What a process with this data directory says, which ends well and without a complaint."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        env={**os.environ, "MOEVIZ_DATA_DIR": str(directory)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


TRAINS = """
import functools
from moeviz.config import ArmConfig, RunConfig
from moeviz.engine import runtime
runtime.LocalEngine = functools.partial(
    runtime.LocalEngine, "tests.fakes:CountingTrainer", housekeeping=False
)
engine = runtime.engine()
run = engine.start(RunConfig((ArmConfig.of("A", {}),)), "me")
engine.wait(run, lambda status: status.step > 5, 30)
print(run)
"""


def test_a_process_that_ends_without_a_word_has_saved_its_runs(tmp_path: Path) -> None:
    run_id = run(TRAINS, tmp_path).strip()
    assert RunStore(tmp_path).load(run_id).step > 5
