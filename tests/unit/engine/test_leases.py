"""Leases, with a clock that the test moves: unwatched runs pause, are freed, and come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine import housekeeping
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.engine.protocol import RunStatus, UnknownRun, Until
from moeviz.engine.saved import SavedRun
from moeviz.engine.store import RunStore
from tests.fakes import CountingTrainer, FakeClock

TIMEOUT_S = 30.0
CONFIG = RunConfig((ArmConfig.of("A", {}),))


class Lab:
    """An engine whose time and housekeeping are in the test's hands."""

    def __init__(self, directory: Path) -> None:
        self.clock, self.directory = FakeClock(), directory
        self.engine = LocalEngine(
            "tests.fakes:CountingTrainer",
            limits=Limits(workers=1),
            directory=directory,
            clock=self.clock,
            housekeeping=False,
        )

    def run(self) -> str:
        run_id = self.engine.start(CONFIG, "me")
        self.engine.wait(run_id, lambda status: status.step > 0, TIMEOUT_S)
        return run_id

    def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.engine.housekeep()

    def unwatched(self, run_id: str) -> RunStatus:
        """The status as nobody sees it: `wait` renews no lease."""
        return self.engine.wait(run_id, lambda status: True, TIMEOUT_S)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.engine.shutdown()


def test_a_change_of_knobs_is_saved_in_the_next_round_while_the_run_trains(lab: Lab) -> None:
    run_id = lab.run()
    lab.after(1)
    before = lab.engine.latest(run_id).step
    ticket = lab.engine.set(run_id, {"top_k": 2})
    settled = lab.engine.wait(run_id, lambda status: status.settled.newest >= ticket, TIMEOUT_S)
    lab.after(1)
    read = RunStore(lab.directory).load(run_id)
    assert [each.knobs for each in read.changes] == [{"top_k": 2}]
    assert read.step >= settled.settled.first_step(ticket) - 1 >= before


def test_an_unwatched_run_pauses_and_goes_on_when_it_is_seen_again(lab: Lab) -> None:
    run_id = lab.run()
    lab.after(74)
    assert lab.unwatched(run_id).state == "running"
    lab.after(1)
    paused = lab.unwatched(run_id)
    assert (paused.state, paused.reason) == ("paused", "not watched for 75 s")
    assert lab.engine.latest(run_id).state == "running"
    lab.engine.wait(run_id, lambda status: status.step > paused.step + 20, TIMEOUT_S)


def test_looking_renews_the_lease(lab: Lab) -> None:
    run_id = lab.run()
    for _ in range(5):
        lab.after(60)
        assert lab.engine.latest(run_id).state == "running"


def test_looking_a_run_up_renews_no_lease_and_wakes_nothing(lab: Lab) -> None:
    run_id = lab.run()
    lab.after(60)
    assert lab.engine.latest(run_id, watching=False).state == "running"
    lab.after(20)
    assert lab.engine.latest(run_id, watching=False).state == "paused"
    assert lab.unwatched(run_id).reason == "not watched for 75 s"
    assert lab.engine.latest(run_id).state == "running"


def test_a_run_that_the_user_paused_stays_paused_when_it_is_seen(lab: Lab) -> None:
    run_id = lab.run()
    lab.engine.pause(run_id)
    lab.after(80)
    assert lab.engine.latest(run_id).state == "paused"


def test_a_pause_during_sleep_is_kept(lab: Lab) -> None:
    run_id = lab.run()
    lab.after(80)
    lab.engine.pause(run_id)
    assert lab.engine.latest(run_id).state == "paused"


def test_a_closed_page_pauses_at_once_and_a_reload_goes_on(lab: Lab) -> None:
    run_id = lab.run()
    lab.engine.close(run_id)
    closed = lab.unwatched(run_id)
    assert (closed.state, closed.reason) == ("paused", "its page was closed")
    assert lab.engine.latest(run_id).state == "running"


def test_closing_a_paused_run_does_not_start_it_later(lab: Lab) -> None:
    run_id = lab.run()
    lab.engine.pause(run_id)
    lab.engine.close(run_id)
    assert lab.engine.latest(run_id).state == "paused"


def test_a_run_that_wakes_still_stops_where_it_was_to_stop(lab: Lab) -> None:
    run_id = lab.engine.start(CONFIG, "me", paused=True)
    lab.engine.resume(run_id, Until("step", 5000))
    lab.engine.close(run_id)
    lab.engine.latest(run_id)
    status = lab.engine.wait(run_id, lambda status: status.state == "paused", TIMEOUT_S)
    assert (status.step, status.reason) == (5000, "reached step 5000")


def test_a_run_unseen_for_long_is_freed_and_comes_back_paused(lab: Lab) -> None:
    run_id = lab.run()
    lab.after(80)
    step = lab.engine.wait(run_id, lambda status: bool(status.checkpoints), TIMEOUT_S).step
    lab.after(820)
    lab.engine.wait(run_id, lambda status: status.step in status.checkpoints, TIMEOUT_S)
    lab.after(60)
    assert lab.engine._registry.runs == {}, "nothing of it is left in memory"
    (line,) = lab.engine.runs("me")
    assert line.step >= step
    status = lab.engine.latest(run_id)
    assert (status.state, status.step) == ("paused", line.step)
    lab.engine.resume(run_id, Until("step", line.step + 50))
    lab.engine.wait(run_id, lambda status: status.step == line.step + 50, TIMEOUT_S)
    trainer = CountingTrainer(CONFIG)
    straight = [trainer.step()["A"].cross_entropy for _ in range(line.step + 50)]
    assert lab.engine.history(run_id)["A"]["cross_entropy"].tolist() == pytest.approx(straight)


def test_a_run_seen_just_before_it_would_be_forgotten_stays(lab: Lab) -> None:
    run_id = lab.run()
    lab.engine.pause(run_id)
    lab.clock.advance(2000)
    lab.engine.latest(run_id)
    lab.engine.housekeep()
    assert run_id in lab.engine._registry.runs


def test_resting_runs_are_saved_at_once_and_training_ones_now_and_then(lab: Lab) -> None:
    run_id = lab.run()
    other = Lab(lab.directory)
    lab.after(1)
    assert other.engine.latest(run_id).step == 0
    other.engine.shutdown()
    lab.after(30)
    other = Lab(lab.directory)
    assert (seen := other.engine.latest(run_id).step) > 0
    other.engine.shutdown()
    lab.engine.pause(run_id)
    lab.engine.housekeep()
    other = Lab(lab.directory)
    assert other.engine.latest(run_id).step == lab.engine.latest(run_id).step >= seen
    other.engine.shutdown()


def test_a_run_that_could_not_be_saved_is_forgotten_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lab = Lab(tmp_path / "file")
    run_id = lab.run()
    lab.after(80)
    assert "cannot be saved" in lab.unwatched(run_id).notice
    lab.after(1000)
    with pytest.raises(UnknownRun):
        lab.engine.latest(run_id)
    lab.engine.shutdown()


def fail_once(monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    """Let the next save fail, and only that."""
    store, save = lab.engine._registry.store, lab.engine._registry.store.save

    def failing(run: SavedRun) -> None:
        monkeypatch.setattr(store, "save", save)
        raise ValueError("no such luck")

    monkeypatch.setattr(store, "save", failing)


def test_a_save_that_fails_in_an_unforeseen_way_holds_up_no_other(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = lab.run(), lab.run()
    for run_id in (first, second):
        lab.engine.pause(run_id)
    fail_once(monkeypatch, lab)
    lab.after(1)
    words = "this run cannot be saved: ValueError: no such luck"
    assert (lab.unwatched(first).notice, lab.unwatched(second).notice) == (words, "")
    assert "Traceback" in capsys.readouterr().err
    steps = {run_id: lab.unwatched(run_id).step for run_id in (first, second)}
    assert lab.engine._registry.store.load(first).step == 0
    assert lab.engine._registry.store.load(second).step == steps[second]
    lab.after(1)
    assert lab.engine._registry.store.load(first).step == steps[first]
    assert lab.unwatched(first).notice == ""


def test_a_lease_that_cannot_be_enforced_holds_up_no_other(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = lab.run(), lab.run()
    pause = lab.engine._hosting.pause

    def failing(run, *args, **more) -> None:
        if run.run_id == first:
            raise ValueError("no such luck")
        pause(run, *args, **more)

    monkeypatch.setattr(lab.engine._hosting, "pause", failing)
    lab.after(80)
    assert lab.unwatched(second).state == "paused"


def test_a_round_that_fails_does_not_end_housekeeping(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "ROUND_S", 0.01)
    rounds, enough = [], threading.Event()

    def failing() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 3:
            enough.set()
        raise ValueError("no such luck")

    keeper = lab.engine._housekeeper
    monkeypatch.setattr(keeper, "tick", failing)
    keeper.start()
    assert enough.wait(TIMEOUT_S)
