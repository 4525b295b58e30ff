"""Abandoned runs: deleted when unseen for as long as the limits say, never before."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.housekeeping import CLEAR_EVERY_S, CLEAR_FIRST_S, FREE_S
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import EngineError, LimitReached, UnknownRun, Until
from moeviz.engine.saved import SavedRun
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
    """Between two servers: let the run be unseen for so many seconds of serving."""
    path = tmp_path / "runs" / "seen.json"
    content = json.loads(path.read_text())
    content["seen_s"][run_id] = content["served_s"] - ago_s
    path.write_text(json.dumps(content))


def on_disk(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "runs").iterdir() if path.is_dir()}


def abandoned(made: Made, tmp_path: Path) -> LocalEngine:
    """A server that has not yet looked for abandoned runs, with one on its disk."""
    engine = made()
    run_id = trained(engine)
    engine.shutdown()
    last_seen(tmp_path, run_id, 31 * DAY_S)
    return made()


def serve(engine: LocalEngine, seconds: float = CLEAR_FIRST_S) -> None:
    """Let the server run for so long, then do one round."""
    clock = engine._registry.clock
    assert isinstance(clock, FakeClock)
    clock.advance(seconds)
    engine.housekeep()


def test_a_run_without_a_step_goes_after_hours_and_a_trained_one_after_days(
    made: Made, tmp_path: Path
) -> None:
    engine = made()
    young, old = untrained(engine), untrained(engine)
    kept, lost = trained(engine, "early"), trained(engine, "late")
    engine.shutdown()
    for run_id, ago_s in ((young, 22 * HOUR_S), (old, 25 * HOUR_S), (kept, 29 * DAY_S)):
        last_seen(tmp_path, run_id, ago_s)
    last_seen(tmp_path, lost, 31 * DAY_S)
    engine = made()
    serve(engine)
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
    serve(engine, CLEAR_EVERY_S)
    engine.shutdown()
    serve(made())
    assert on_disk(tmp_path) == {run_id}


def test_who_lists_runs_keeps_all_of_them(made: Made, tmp_path: Path) -> None:
    engine = made()
    mine, other = trained(engine), trained(engine, "somebody else")
    engine.shutdown()
    for run_id in (mine, other):
        last_seen(tmp_path, run_id, 31 * DAY_S)
    engine = made()
    engine.runs("me")
    serve(engine)
    assert on_disk(tmp_path) == {mine}
    engine.shutdown()
    serve(made())
    assert on_disk(tmp_path) == {mine}


def test_a_run_goes_after_a_month_of_serving_over_many_starts(made: Made, tmp_path: Path) -> None:
    engine = made()
    seen, unseen = trained(engine, "comes back"), trained(engine, "is gone")
    engine.shutdown()
    for day in range(30):
        assert on_disk(tmp_path) == {seen, unseen}, day
        engine = made()
        serve(engine, HOUR_S)
        engine.runs("comes back")
        serve(engine, 23 * HOUR_S)
        engine.shutdown()
    serve(made())
    assert on_disk(tmp_path) == {seen}


def test_runs_are_cleared_again_and_again(made: Made, tmp_path: Path) -> None:
    engine = made()
    serve(engine)
    untrained(engine)
    assert CLEAR_EVERY_S < FREE_S, "else a run could be seen and forgotten between two clearings"
    for _ in range(round(24 * HOUR_S / CLEAR_EVERY_S) - 1):
        serve(engine, CLEAR_EVERY_S)
    assert len(on_disk(tmp_path)) == 1
    for _ in range(4):
        serve(engine, CLEAR_EVERY_S)
    assert on_disk(tmp_path) == set()


def test_no_run_goes_within_an_hour_of_a_start(made: Made, tmp_path: Path) -> None:
    engine = abandoned(made, tmp_path)
    for _ in range(59):
        serve(engine, 60)
    assert len(on_disk(tmp_path)) == 1
    serve(engine, CLEAR_EVERY_S)
    assert on_disk(tmp_path) == set()


@pytest.mark.parametrize("off_s", [31 * DAY_S, -31 * DAY_S])
def test_days_without_a_server_make_no_run_older(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off_s: float
) -> None:
    """31 days switched off; or a clock that was a month ahead, set right before the next start."""
    engine, true_time = made(), time.time
    runs = {trained(engine), untrained(engine)}
    engine.shutdown()
    monkeypatch.setattr(time, "time", lambda: true_time() + off_s)
    engine = made()
    serve(engine)
    serve(engine, CLEAR_EVERY_S)
    assert on_disk(tmp_path) == runs


@pytest.mark.parametrize("set_by_s", [40 * DAY_S, -40 * DAY_S])
def test_setting_the_clock_makes_no_run_older(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_by_s: float
) -> None:
    """The clock is wrong when the server starts, and set right while it runs."""
    engine, true_time = made(), time.time
    seen, listed = trained(engine), trained(engine, "lists")
    engine.shutdown()
    monkeypatch.setattr(time, "time", lambda: true_time() + set_by_s)
    engine = made()
    serve(engine)
    engine.runs("lists")
    monkeypatch.setattr(time, "time", true_time)
    serve(engine, CLEAR_EVERY_S)
    serve(engine, CLEAR_EVERY_S)
    assert on_disk(tmp_path) == {seen, listed}
    serve(engine, 30 * DAY_S)
    assert on_disk(tmp_path) == set(), "and an abandoned one still goes"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"served_s": 1, "seen_s": 7}'])
def test_without_a_readable_record_every_run_counts_as_seen_now(
    made: Made, tmp_path: Path, content: str
) -> None:
    abandoned(made, tmp_path).shutdown()
    (tmp_path / "runs" / "seen.json").write_text(content)
    engine = made()
    serve(engine)
    assert len(on_disk(tmp_path)) == 1
    serve(engine, 30 * DAY_S)
    assert on_disk(tmp_path) == set()


def test_a_run_that_is_opened_while_others_are_cleared_keeps_its_files(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = abandoned(made, tmp_path)
    (run_id,) = on_disk(tmp_path)
    keeper = engine._housekeeper
    look = keeper._abandoned

    def look_and_open() -> list[str]:
        found = look()
        engine.latest(run_id)
        return found

    monkeypatch.setattr(keeper, "_abandoned", look_and_open)
    serve(engine)
    assert on_disk(tmp_path) == {run_id}


def test_a_run_that_is_cleared_while_it_is_read_is_unknown(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = abandoned(made, tmp_path)
    (run_id,) = on_disk(tmp_path)
    store = engine._registry.store
    read = store.load

    def read_and_clear(run_id: str) -> SavedRun:
        saved = read(run_id)
        serve(engine)
        return saved

    monkeypatch.setattr(store, "load", read_and_clear)
    with pytest.raises(UnknownRun):
        engine.latest(run_id)
    assert engine.runs("me") == []


def test_what_the_disk_does_not_let_go_of_stays_in_the_list(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = abandoned(made, tmp_path)
    (run_id,) = on_disk(tmp_path)

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "rename", refuse)
    serve(engine)
    with pytest.raises(EngineError, match="cannot be deleted"):
        engine.delete(run_id)
    assert [run.run_id for run in engine.runs("me")] == [run_id]
    assert engine.latest(run_id).step == 5


def test_runs_without_a_step_do_not_count_against_an_owners_limit(made: Made) -> None:
    engine = made()
    for _ in range(LIMITS.saved_runs_per_owner + 1):
        untrained(engine)
    trained(engine)
    last = trained(engine)
    with pytest.raises(LimitReached, match="2 saved runs per browser"):
        engine.start(CONFIG, "me", paused=True)
    engine.delete(last)
    untrained(engine)
