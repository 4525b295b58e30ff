"""Abandoned runs: deleted when nobody has come back for as long as the limits say, never before."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.housekeeping import CLEAR_EVERY_S, FREE_S
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import LimitReached, UnknownRun, Until
from tests.fakes import FakeClock

TIMEOUT_S = 30.0
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
CONFIG = RunConfig((ArmConfig.of("A", {}),))
LIMITS = Limits(workers=1, untrained_run_hours=24, unseen_run_days=30, saved_runs_per_owner=2)

Made = Callable[..., LocalEngine]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """Makes servers of one data directory, whose housekeeping is in the test's hands."""
    engines: list[LocalEngine] = []

    def make() -> LocalEngine:
        engines.append(
            LocalEngine(
                "tests.fakes:CountingTrainer",
                limits=LIMITS,
                directory=tmp_path,
                clock=FakeClock(),
                housekeeping=False,
            )
        )
        return engines[-1]

    yield make
    for engine in engines:
        engine.shutdown()


def rest(engine: LocalEngine, run_id: str, step: int) -> str:
    engine.wait(run_id, lambda now: (now.state, now.step) == ("paused", step), TIMEOUT_S)
    return run_id


def untrained(engine: LocalEngine) -> str:
    return rest(engine, engine.start(CONFIG, "me", paused=True), 0)


def trained(engine: LocalEngine, owner: str = "me") -> str:
    run_id = engine.start(CONFIG, owner, paused=True)
    engine.resume(run_id, Until("step", 5))
    return rest(engine, run_id, 5)


def last_seen(tmp_path: Path, run_id: str, ago_s: float) -> None:
    then = time.time() - ago_s
    os.utime(tmp_path / "runs" / run_id / "status.json", (then, then))


def on_disk(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "runs").iterdir()}


def test_a_run_without_a_step_goes_after_hours_and_a_trained_one_after_days(
    made: Made, tmp_path: Path
) -> None:
    engine = made()
    young, old = untrained(engine), untrained(engine)
    kept, lost = trained(engine, "early"), trained(engine, "late")
    engine.shutdown()
    for run_id, ago_s in ((young, 23 * HOUR_S), (old, 25 * HOUR_S), (kept, 29 * DAY_S)):
        last_seen(tmp_path, run_id, ago_s)
    last_seen(tmp_path, lost, 31 * DAY_S)
    engine = made()
    engine.housekeep()
    assert on_disk(tmp_path) == {young, kept}
    with pytest.raises(UnknownRun):
        engine.latest(lost)


def test_a_run_in_memory_is_never_cleared_and_counts_as_seen(made: Made, tmp_path: Path) -> None:
    engine = made()
    run_id = untrained(engine)
    engine.shutdown()
    last_seen(tmp_path, run_id, 25 * HOUR_S)
    engine = made()
    engine.latest(run_id)
    engine.housekeep()
    engine.shutdown()
    made().housekeep()
    assert on_disk(tmp_path) == {run_id}


def test_who_lists_runs_keeps_all_of_them(made: Made, tmp_path: Path) -> None:
    engine = made()
    mine, other = trained(engine), trained(engine, "somebody else")
    engine.shutdown()
    for run_id in (mine, other):
        last_seen(tmp_path, run_id, 31 * DAY_S)
    engine = made()
    engine.runs("me")
    engine.housekeep()
    engine.shutdown()
    made().housekeep()
    assert on_disk(tmp_path) == {mine}


def test_runs_are_cleared_again_and_again(made: Made, tmp_path: Path) -> None:
    engine = made()
    engine.housekeep()
    run_id = untrained(engine)
    clock = engine._registry.clock
    assert isinstance(clock, FakeClock)
    assert CLEAR_EVERY_S < FREE_S, "else a run could be seen and forgotten between two clearings"
    for _ in range(3):
        clock.advance(FREE_S)
        engine.housekeep()
    last_seen(tmp_path, run_id, 25 * HOUR_S)
    clock.advance(CLEAR_EVERY_S)
    engine.housekeep()
    assert on_disk(tmp_path) == set()


def test_runs_without_a_step_do_not_count_against_an_owners_limit(made: Made) -> None:
    engine = made()
    for _ in range(LIMITS.saved_runs_per_owner + 1):
        untrained(engine)
    trained(engine)
    last = trained(engine)
    with pytest.raises(LimitReached, match="saved_runs_per_owner"):
        engine.start(CONFIG, "me", paused=True)
    engine.delete(last)
    untrained(engine)
