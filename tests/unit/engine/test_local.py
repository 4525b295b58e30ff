"""The local engine over real worker processes that count instead of learning."""

from __future__ import annotations

import errno
import itertools
import os
import queue
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from moeviz.config import ArmConfig, ConfigError, RunConfig, ScheduledChange
from moeviz.engine.limits import Limits
from moeviz.engine.local import LocalEngine
from moeviz.engine.messages import Drop, KnobChange, Load, Request
from moeviz.engine.process import WorkerProcess
from moeviz.engine.protocol import EngineError, LimitReached, Origin, RunStatus, UnknownRun, Until
from moeviz.engine.store import RunStore
from moeviz.records import COLUMNS, KnobMark, RunHistory
from moeviz.traces import Question
from tests.fakes import DEADLY_SEED, DEADLY_STEP, DIVERGES_AT_RATE, REFUSED_SEED, CountingTrainer

TIMEOUT_S = 30.0
TRAINER = "tests.fakes:CountingTrainer"
CONFIG = RunConfig((ArmConfig.of("A", {}), ArmConfig.of("B", {"aux_coefficient": 0.0})))
LIMITS = Limits(live_runs_per_owner=20, saved_runs_per_owner=100, workers=1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    made = LocalEngine(TRAINER, limits=LIMITS, directory=tmp_path_factory.mktemp("data"))
    yield made
    made.shutdown()


@pytest.fixture
def engine(shared: LocalEngine) -> Iterator[LocalEngine]:
    """One for all tests; what a test leaves in training would take the others' time."""
    yield shared
    for run in shared.runs("me"):
        if run.state == "running":
            shared.pause(run.run_id)


@pytest.fixture
def made() -> Iterator:
    """Makes engines of their own, which end with the test."""
    engines: list[LocalEngine] = []

    def make(directory: Path, trainer: str = TRAINER, **more) -> LocalEngine:
        more = {"limits": LIMITS, **more}
        engines.append(LocalEngine(trainer, directory=directory, **more))
        return engines[-1]

    yield make
    for each in engines:
        each.shutdown()


def rest(engine: LocalEngine, run_id: str) -> RunStatus:
    active = ("starting", "running", "recovering")
    return engine.wait(run_id, lambda status: status.state not in active, TIMEOUT_S)


def trained(engine: LocalEngine, steps: int, owner: str = "me", config: RunConfig = CONFIG) -> str:
    run_id = engine.start(config, owner, paused=True)
    engine.resume(run_id, Until("step", steps))
    assert rest(engine, run_id).step == steps
    return run_id


def kill_worker(engine: LocalEngine, run_id: str) -> None:
    """Kill the only worker, in which the run trains; returns once another one takes the run up."""
    dead = engine.worker_pids
    os.kill(dead[0], signal.SIGKILL)

    def taken_up(status: RunStatus) -> bool:
        return engine.worker_pids != dead and status.state == "recovering"

    engine.wait(run_id, taken_up, TIMEOUT_S)


def expected(steps: int, marks: tuple[KnobMark, ...] = (), config: RunConfig = CONFIG):
    """What an uninterrupted trainer records when knobs change as marked."""
    trainer, done = CountingTrainer(config), []
    for step in range(1, steps + 1):
        for mark in marks:
            if mark.step == step:
                trainer.set(mark.knobs, mark.arm)
        done.append(trainer.step())
    return {arm.name: RunHistory.of([each[arm.name] for each in done]) for arm in config.arms}


def _fork(engine: LocalEngine, run_id: str) -> None:
    engine.delete(engine.fork(run_id, 0))


def _ask(engine: LocalEngine, run_id: str) -> None:
    engine.ask(run_id, Question("A"))


def assert_same(one, other) -> None:
    assert one.keys() == other.keys()
    for arm, name in itertools.product(one, COLUMNS):
        np.testing.assert_array_equal(one[arm][name], other[arm][name])


def test_a_started_run_trains_and_every_step_can_be_read(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me")
    status = engine.wait(run_id, lambda status: status.step >= 50, TIMEOUT_S)
    assert status.state == "running"
    assert status.latest["A"].step == status.latest["B"].step == status.step
    engine.pause(run_id)
    status = engine.latest(run_id)
    assert_same(engine.history(run_id), expected(status.step))
    assert len(engine.history(run_id, since=status.step - 3)["A"]) == 3


def test_a_paused_start_makes_no_step(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me", paused=True)
    status = rest(engine, run_id)
    assert (status.state, status.step, status.latest) == ("paused", 0, {})
    assert {arm: len(history) for arm, history in engine.history(run_id).items()} == {
        "A": 0,
        "B": 0,
    }


def test_a_pause_shows_at_once_and_nothing_comes_after_it(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.step > 0, TIMEOUT_S)
    engine.pause(run_id)
    paused = engine.latest(run_id)
    assert paused.state == "paused"
    engine.set(run_id, {"top_k": 2})
    settled = engine.wait(run_id, lambda status: len(status.marks) == 2, TIMEOUT_S)
    assert settled.step == paused.step, "the worker has answered since, and made no step"


@pytest.mark.parametrize("begin", [LocalEngine.resume, LocalEngine.step, _fork, _ask])
def test_a_prepared_run_gets_its_place_once_it_is_trained_asked_or_forked(
    engine: LocalEngine, begin
) -> None:
    run_id = engine.prepare(CONFIG, "whoever prepares")
    engine.set(run_id, {"top_k": 2})
    assert engine.latest(run_id).prepared
    assert not engine.runs("whoever prepares")
    begin(engine, run_id)
    assert not engine.latest(run_id).prepared
    assert engine.latest(run_id).begun == (begin in (LocalEngine.resume, LocalEngine.step))
    assert run_id in {each.run_id for each in engine.runs("whoever prepares")}
    engine.delete(run_id)


def test_resume_shows_at_once(engine: LocalEngine) -> None:
    run_id = trained(engine, 5)
    engine.resume(run_id)
    assert engine.latest(run_id).state == "running"


def test_single_steps_add_up_however_quickly_they_are_asked_for(engine: LocalEngine) -> None:
    run_id = trained(engine, 10)
    for _ in range(7):
        engine.step(run_id)
    engine.step(run_id, 5)
    status = rest(engine, run_id)
    assert (status.step, status.reason) == (22, "reached step 22")


def test_training_goes_on_when_it_is_asked_for_while_a_single_step_is_under_way(
    engine: LocalEngine,
) -> None:
    for _ in range(10):
        run_id = trained(engine, 10)
        engine.step(run_id)
        engine.resume(run_id)
        assert engine.latest(run_id).state == "running"
        status = engine.wait(run_id, lambda status: status.step > 40, TIMEOUT_S)
        assert (status.state, status.reason) == ("running", "")
        engine.pause(run_id)


def test_a_pause_right_after_a_single_step_leaves_the_run_at_rest(engine: LocalEngine) -> None:
    run_id = trained(engine, 10)
    for _ in range(10):
        before = engine.latest(run_id).step
        engine.step(run_id)
        engine.pause(run_id)
        status = engine.latest(run_id)
        assert status.state == "paused"
        assert status.step - before in (0, 1)
    engine.step(run_id)
    assert rest(engine, run_id).step == status.step + 1, "a step that was stopped is not owed"


def test_a_single_step_of_a_running_run_stops_it(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.step > 0, TIMEOUT_S)
    engine.step(run_id)
    assert rest(engine, run_id).state == "paused"


def test_knobs_take_effect_on_the_next_step_and_are_marked(engine: LocalEngine) -> None:
    run_id = trained(engine, 10)
    engine.set(run_id, {"top_k": 2, "learning_rate": 0.5}, "A")
    assert engine.latest(run_id).config.arms[0].routing.top_k == 2
    assert engine.latest(run_id).config.arms[1].routing.top_k == 1
    engine.resume(run_id, Until("step", 20))
    status = rest(engine, run_id)
    assert status.marks == (KnobMark(11, "A", {"top_k": 2, "learning_rate": 0.5}),)
    assert_same(engine.history(run_id), expected(20, status.marks))


@pytest.mark.parametrize(
    ("knobs", "arm", "named"),
    [
        ({"n_experts": 4}, None, "n_experts"),
        ({"top_k": 99}, None, "top_k"),
        ({"balancer": "magic"}, None, "magic"),
        ({"router": "magic"}, "A", "magic"),
        ({"n_groups": 3}, None, "n_groups"),
        ({"top_k": 2}, "C", "model"),
    ],
)
def test_bad_knobs_are_refused_and_change_nothing(
    engine: LocalEngine, knobs: dict, arm: str | None, named: str
) -> None:
    run_id = trained(engine, 1)
    with pytest.raises(ConfigError, match=named):
        engine.set(run_id, knobs, arm)
    assert engine.latest(run_id).config == CONFIG


def test_a_knob_that_a_change_to_come_could_not_follow_is_refused_until_it_has_come(
    engine: LocalEngine,
) -> None:
    knobs, change = {"n_groups": 4, "kept_groups": 2}, ScheduledChange(10, {"n_groups": 2})
    run_id = engine.start(RunConfig((ArmConfig.of("A", knobs, (change,)),)), "me", paused=True)
    rest(engine, run_id)
    with pytest.raises(ConfigError, match=r"kept_groups must be at most n_groups \(2\), got 3"):
        engine.set(run_id, {"kept_groups": 3})
    engine.resume(run_id, Until("step", 12))
    assert rest(engine, run_id).config.arms[0].routing.n_groups == 2
    engine.set(run_id, {"n_groups": 4, "kept_groups": 3})
    assert engine.latest(run_id).config.arms[0].routing.kept_groups == 3


def test_a_condition_that_already_holds_is_refused(engine: LocalEngine) -> None:
    run_id = trained(engine, 10)
    with pytest.raises(ConfigError, match="above the present step 10"):
        engine.resume(run_id, Until("step", 10))
    with pytest.raises(ConfigError, match="finite"):
        engine.resume(run_id, Until("loss", float("nan")))


def test_until_collapsed_pauses_with_step_and_layer(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me", paused=True)
    engine.resume(run_id, Until("collapsed"))
    reason = rest(engine, run_id).reason
    assert reason == "collapsed at step 41: model B, layer 0, entropy above collapse 0.59"


def test_the_step_limit_finishes_a_run(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, max_steps=30))
    run_id = engine.start(CONFIG, "me")
    status = rest(engine, run_id)
    assert (status.state, status.step) == ("finished", 30)
    with pytest.raises(
        LimitReached, match=r"done 30 steps\. This server allows 30 steps per run\."
    ):
        engine.resume(run_id)
    engine.rewind(run_id, 0)
    engine.resume(run_id, Until("step", 3))
    assert rest(engine, run_id).step == 3


def test_a_finished_run_goes_on_when_the_limit_is_raised(made, tmp_path: Path) -> None:
    first = made(tmp_path, limits=replace(LIMITS, max_steps=30))
    run_id = first.start(CONFIG, "me")
    rest(first, run_id)
    first.shutdown()
    second = made(tmp_path, limits=replace(LIMITS, max_steps=40))
    assert second.latest(run_id).state == "finished"
    second.resume(run_id)
    assert rest(second, run_id).step == 40
    assert_same(second.history(run_id), expected(40))


def test_a_diverged_run_keeps_its_history_and_others_go_on(engine: LocalEngine) -> None:
    bad, good = trained(engine, 10), engine.start(CONFIG, "me")
    engine.set(bad, {"learning_rate": DIVERGES_AT_RATE}, "B")
    engine.resume(bad)
    status = rest(engine, bad)
    assert status.state == "failed"
    assert status.failure is not None
    assert (status.failure.step, status.failure.arm) == (11, "B")
    assert len(engine.history(bad)["A"]) == 10
    seen = engine.latest(good).step
    engine.wait(good, lambda status: status.step > seen, TIMEOUT_S)
    for refused in (lambda: engine.resume(bad), lambda: engine.set(bad, {"top_k": 1})):
        with pytest.raises(EngineError, match="rewind it to an earlier checkpoint"):
            refused()
    engine.rewind(bad, 0)
    engine.resume(bad, Until("step", 5))
    assert rest(engine, bad).step == 5


def test_a_trainer_that_cannot_be_made_fails_its_run_alone(engine: LocalEngine) -> None:
    bad = engine.start(RunConfig((ArmConfig.of("A", {"seed": REFUSED_SEED}),)), "me")
    assert "this seed brings bad luck" in rest(engine, bad).reason
    trained(engine, 3)


def test_a_killed_worker_changes_nothing_in_the_history(made, tmp_path: Path) -> None:
    engine = made(tmp_path)
    run_id, resting = engine.start(CONFIG, "me"), trained(engine, 25)
    engine.wait(run_id, lambda status: status.step > 120, TIMEOUT_S)
    engine.set(run_id, {"top_k": 3, "aux_coefficient": 0.5}, "B")
    engine.wait(run_id, lambda status: bool(status.marks), TIMEOUT_S)
    engine.set(run_id, {"top_k": 2})
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    engine.wait(run_id, lambda status: "restarted" in status.notice, TIMEOUT_S)
    status = engine.wait(run_id, lambda status: status.state == "running", TIMEOUT_S)
    engine.wait(run_id, lambda later: later.step > status.step, TIMEOUT_S)
    engine.pause(run_id)
    status = engine.latest(run_id)
    assert [mark.arm for mark in status.marks] == ["B", "A", "B"]
    assert_same(engine.history(run_id), expected(status.step, status.marks))
    engine.resume(resting, Until("step", 30))
    rest(engine, resting)
    assert_same(engine.history(resting), expected(30))


@pytest.mark.parametrize("act", ["pause", "resume", "step", "set"])
def test_whoever_acts_on_a_run_has_read_that_its_worker_was_restarted(
    made, tmp_path: Path, act: str
) -> None:
    engine = made(tmp_path, "tests.fakes:StuckTrainer")
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.state == "running", TIMEOUT_S)
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    told = engine.wait(run_id, lambda status: bool(status.notice), TIMEOUT_S).notice
    assert told == "the worker was restarted at step 0; resumed from step 0"
    assert engine.latest(run_id).notice == told
    getattr(engine, act)(run_id, *([{"top_k": 2}] if act == "set" else []))
    assert "restarted" not in engine.latest(run_id).notice


def test_knobs_set_just_before_a_worker_dies_are_not_lost(made, tmp_path: Path) -> None:
    engine = made(tmp_path)
    run_id = trained(engine, 30)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    ticket = engine.set(run_id, {"top_k": 3})
    os.kill(pid, signal.SIGKILL)
    settled = engine.wait(run_id, lambda status: status.settled.newest >= ticket, TIMEOUT_S)
    assert (settled.state, settled.settled.first_step(ticket)) == ("paused", 31)
    engine.resume(run_id, Until("step", 40))
    status = rest(engine, run_id)
    assert {mark.step for mark in status.marks} == {31}
    assert_same(engine.history(run_id), expected(40, status.marks))


@pytest.mark.parametrize("deaths", [1, 2])
def test_what_was_acknowledged_just_before_a_worker_dies_is_in_force_when_the_run_goes_on(
    made, tmp_path: Path, deaths: int
) -> None:
    """Killed at once after the last one, far from a checkpoint; and once more while it repeats."""
    engine = made(tmp_path, "tests.fakes:SlowTrainer")
    run_id = engine.start(CONFIG, "me")
    acknowledged = {}
    for knobs in ({"top_k": 2}, {"balancer": "none"}, {"aux_coefficient": 0.5}):
        step = engine.latest(run_id).step
        engine.wait(run_id, lambda status, step=step: status.step > step + 5, TIMEOUT_S)
        ticket = engine.set(run_id, knobs)
        status = engine.wait(run_id, lambda status, t=ticket: status.settled.newest >= t, TIMEOUT_S)
        acknowledged[status.settled.first_step(ticket)] = knobs
    for death in range(deaths):
        kill_worker(engine, run_id)
        assert [arm.routing.top_k for arm in engine.latest(run_id).config.arms] == [2, 2]
        engine.wait(run_id, lambda status, least=death: status.step > least, TIMEOUT_S)
    engine.wait(run_id, lambda status: status.step > max(acknowledged) + 5, TIMEOUT_S)
    engine.pause(run_id)
    status = engine.latest(run_id)
    marks = {(mark.step, mark.arm): dict(mark.knobs) for mark in status.marks}
    assert marks == {(step, arm): knobs for step, knobs in acknowledged.items() for arm in "AB"}
    assert_same(engine.history(run_id), expected(status.step, status.marks))


def test_a_pause_while_steps_are_repeated_ends_where_the_run_stood(made, tmp_path: Path) -> None:
    engine = made(tmp_path, "tests.fakes:SlowTrainer")
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.step > 60, TIMEOUT_S)
    kill_worker(engine, run_id)
    stood = engine.latest(run_id).stands
    assert stood > 60
    engine.pause(run_id)
    told = engine.latest(run_id)
    assert (told.state, told.trains, told.step < stood) == ("recovering", False, True)
    assert told.reason.endswith(f"repeats the steps up to {stood}, then the run pauses")
    assert rest(engine, run_id).step == stood
    assert_same(engine.history(run_id), expected(stood))


def test_a_single_step_while_steps_are_repeated_is_made_after_them(made, tmp_path: Path) -> None:
    engine = made(tmp_path, "tests.fakes:SlowTrainer")
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.step > 60, TIMEOUT_S)
    kill_worker(engine, run_id)
    stood = engine.latest(run_id).stands
    engine.step(run_id)
    assert rest(engine, run_id).step == stood + 1


def test_a_run_is_pausing_until_its_worker_has_done_its_step(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is halted, as if its step took very long."""
    monkeypatch.setattr("moeviz.engine.local.PAUSE_WAIT_S", 0.0)
    engine = made(tmp_path, "tests.fakes:SlowTrainer")
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.step > 3, TIMEOUT_S)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    engine.pause(run_id)
    under_way = engine.latest(run_id)
    assert (under_way.state, under_way.trains, under_way.pausing) == ("paused", False, True)
    os.kill(pid, signal.SIGCONT)
    last = engine.wait(run_id, lambda status: not status.pausing, TIMEOUT_S)
    assert last.obeyed
    engine.set(run_id, {"top_k": 2})
    assert not engine.latest(run_id).pausing
    later = engine.wait(run_id, lambda status: status.obeyed, TIMEOUT_S)
    assert later.step == last.step
    assert_same(engine.history(run_id), expected(last.step))


@pytest.mark.parametrize("act", [LocalEngine.pause, LocalEngine.reset, _ask])
def test_listeners_hear_of_a_change_while_it_waits_for_the_worker(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act
) -> None:
    """The worker is halted, so that nothing but the act itself can be heard of."""
    monkeypatch.setattr("moeviz.engine.local.PAUSE_WAIT_S", TIMEOUT_S)
    monkeypatch.setattr("moeviz.engine.hosting.ANSWER_WAIT_S", TIMEOUT_S)
    engine = made(tmp_path, "tests.fakes:SlowTrainer", housekeeping=False)
    running = engine.start(CONFIG, "me")
    engine.wait(running, lambda status: status.step > 3, TIMEOUT_S)
    run_id = engine.prepare(CONFIG, "me") if act is _ask else running
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    told = queue.Queue[str]()
    engine.listen(told.put)
    acting = threading.Thread(target=act, args=(engine, run_id))
    acting.start()
    try:
        assert told.get(timeout=TIMEOUT_S / 3) == run_id
        assert acting.is_alive()
    finally:
        os.kill(pid, signal.SIGCONT)
        acting.join()


def test_a_run_says_how_many_models_train_beside_its_own(made, tmp_path: Path) -> None:
    """Not those of runs that rest, which a worker holds too."""
    engine = made(tmp_path, "tests.fakes:SlowTrainer")
    trained(engine, 1)
    engine.prepare(CONFIG, "me")
    assert engine.latest(trained(engine, 1)).models_training == 0
    alone = RunConfig(CONFIG.arms[:1])
    one, two = engine.start(alone, "me"), engine.start(CONFIG, "another")
    assert engine.latest(one).models_training == engine.latest(two).models_training == 3
    engine.pause(one)
    assert engine.latest(one).models_training == 2


def test_a_single_step_comes_after_the_one_that_is_under_way(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moeviz.engine.local.PAUSE_WAIT_S", 0.0)
    engine = made(tmp_path, "tests.fakes:StuckTrainer")
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.state == "running", TIMEOUT_S)
    engine.pause(run_id)
    assert engine.latest(run_id).pausing
    engine.step(run_id)
    assert engine.latest(run_id).until == Until("step", 2)
    engine.reset(run_id)
    assert (engine.latest(run_id).state, engine.latest(run_id).pausing) == ("paused", False)


def test_knobs_that_no_worker_can_take_are_given_up(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = made(tmp_path)
    run_id = trained(engine, 10)
    os.kill(engine.worker_pids[0], signal.SIGSTOP)
    ticket = engine.set(run_id, {"top_k": 4})
    monkeypatch.setattr("moeviz.engine.process._spawn", no_process)
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    status = engine.wait(run_id, lambda status: status.settled.newest >= ticket, TIMEOUT_S)
    assert (status.settled.first_step(ticket), status.config, status.state) == (0, CONFIG, "paused")
    assert REFUSED in status.reason


@pytest.mark.parametrize("goes_back", [False, True])
def test_each_change_of_knobs_is_settled_however_many_come_at_once(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, goes_back: bool
) -> None:
    """The worker is halted meanwhile, as if its step took very long."""
    monkeypatch.setattr("moeviz.engine.local.PAUSE_WAIT_S", 0.0)
    engine = made(tmp_path)
    run_id = trained(engine, 10)
    (pid,) = engine.worker_pids
    os.kill(pid, signal.SIGSTOP)
    tickets = [engine.set(run_id, {"top_k": 1 + n % 2}) for n in range(600)]
    if goes_back:
        engine.reset(run_id)
    before = engine.latest(run_id).settled
    os.kill(pid, signal.SIGCONT)
    settled = engine.wait(run_id, lambda status: status.obeyed, TIMEOUT_S).settled
    assert {before.first_step(each) for each in tickets} == {0 if goes_back else None}
    assert {settled.first_step(each) for each in tickets} == {0 if goes_back else 11}
    assert settled.first_step(engine.set(run_id, {"top_k": 2})) is None


def test_a_run_whose_steps_are_repeated_is_not_saved_over_the_newer_one_on_disk(
    made, tmp_path: Path
) -> None:
    limits = replace(LIMITS, checkpoint_bytes_per_run=1)
    engine = made(tmp_path, "tests.fakes:SlowTrainer", limits=limits, housekeeping=False)
    run_id = trained(engine, 60)
    engine.housekeep()
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    engine.wait(run_id, lambda _: not engine.worker_pids, TIMEOUT_S)
    engine.set(run_id, {"top_k": 2})
    assert (engine.latest(run_id).state, engine.latest(run_id).step) == ("recovering", 0)
    engine.housekeep()
    assert RunStore(tmp_path).load(run_id).step == 60
    engine.wait(run_id, lambda status: bool(status.marks), TIMEOUT_S)
    engine.housekeep()
    assert RunStore(tmp_path).load(run_id).changes == (KnobChange(60, {"top_k": 2}, None),)


def test_a_run_that_kills_its_workers_is_given_up_and_others_go_on(made, tmp_path: Path) -> None:
    engine = made(tmp_path)
    deadly = engine.start(RunConfig((ArmConfig.of("A", {"seed": DEADLY_SEED}),)), "me")
    other = engine.start(CONFIG, "me")
    status = rest(engine, deadly)
    assert status.state == "failed"
    assert "ended 3 times before it completed a step: it was killed by signal 6" in status.reason
    assert status.step < DEADLY_STEP
    engine.wait(other, lambda status: status.step > 300, TIMEOUT_S)
    engine.pause(other)
    assert_same(engine.history(other), expected(engine.latest(other).step))


def test_a_worker_that_cannot_start_fails_its_runs_with_the_reason(made, tmp_path: Path) -> None:
    engine = made(tmp_path, "tests.fakes:NoSuchTrainer")
    status = rest(engine, engine.start(CONFIG, "me"))
    assert status.state == "failed"
    assert "NoSuchTrainer" in status.reason


def test_rewinding_drops_what_came_after_and_trains_the_same_again(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, checkpoint_every_steps=20))
    run_id = trained(engine, 50)
    engine.set(run_id, {"top_k": 4})
    engine.resume(run_id, Until("step", 70))
    assert rest(engine, run_id).checkpoints == (0, 20, 40, 50, 60, 70)
    engine.rewind(run_id, 40)
    status = engine.latest(run_id)
    assert (status.state, status.step, status.marks) == ("paused", 40, ())
    assert (status.config, status.revision) == (CONFIG, 1)
    assert_same(engine.history(run_id), expected(40))
    engine.resume(run_id, Until("step", 70))
    rest(engine, run_id)
    assert_same(engine.history(run_id), expected(70))
    with pytest.raises(
        EngineError, match="step 41 has no checkpoint; steps with a checkpoint: 0, 20, 40, 60"
    ):
        engine.rewind(run_id, 41)


def test_rewinding_to_the_present_step_takes_back_what_was_set_there(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me", paused=True)
    rest(engine, run_id)
    engine.set(run_id, {"top_k": 2})
    engine.wait(run_id, lambda status: len(status.marks) == 2, TIMEOUT_S)
    engine.rewind(run_id, 0)
    status = engine.latest(run_id)
    assert (status.config, status.marks) == (CONFIG, ())
    engine.resume(run_id, Until("step", 5))
    assert rest(engine, run_id).marks == ()
    assert_same(engine.history(run_id), expected(5))


def test_a_reset_needs_no_worker_and_its_knobs_are_in_force_from_the_first_step(
    made, tmp_path: Path
) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, live_runs_per_owner=1))
    run_id = trained(engine, 5)
    other = engine.start(CONFIG, "me")  # no room for a second one
    engine.reset(run_id, {"A": {"top_k": 2}, "B": {"top_k": 4}})
    status = engine.latest(run_id)
    assert (status.state, status.step) == ("paused", 0)
    assert [arm.routing.top_k for arm in status.config.arms] == [2, 4]
    engine.pause(other)
    engine.resume(run_id, Until("step", 5))
    marks = rest(engine, run_id).marks
    assert marks == (KnobMark(1, "A", {"top_k": 2}), KnobMark(1, "B", {"top_k": 4}))
    assert_same(engine.history(run_id), expected(5, marks))


def test_what_a_run_cannot_go_back_to_leaves_it_training(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me")
    with pytest.raises(ConfigError, match="top_k"):
        engine.reset(run_id, {"A": {"learning_rate": 0.5}, "B": {"top_k": 99}})
    with pytest.raises(EngineError, match="step 7 has no checkpoint"):
        engine.rewind(run_id, 7)
    status = engine.latest(run_id)
    assert status.state in ("starting", "running")
    assert status.config == CONFIG
    engine.pause(run_id)


def test_a_change_is_marked_once_when_another_worker_takes_the_run_up(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, live_runs_per_owner=1))
    run_id = trained(engine, 5)
    engine.set(run_id, {"top_k": 2})
    marks = engine.wait(run_id, lambda status: len(status.marks) == 2, TIMEOUT_S).marks
    trained(engine, 1)
    engine.set(run_id, {})
    assert engine.latest(run_id).config == CONFIG.with_knobs({"top_k": 2})
    engine.resume(run_id, Until("step", 9))
    status = rest(engine, run_id)
    assert (status.step, status.marks, status.revision) == (9, marks, 1)
    assert_same(engine.history(run_id), expected(9, marks))


def test_a_fork_goes_its_own_way_from_the_checkpoint(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, checkpoint_every_steps=20))
    parent = trained(engine, 30)
    engine.set(parent, {"top_k": 2}, "A")
    engine.resume(parent, Until("step", 50))
    marks = rest(engine, parent).marks
    fork = engine.fork(parent, 40, "you")
    status = engine.latest(fork)
    assert (status.state, status.step, status.marks) == ("paused", 40, marks)
    assert status.config == engine.latest(parent).config
    assert [run.origin for run in engine.runs("you")] == [Origin(parent, 40)]
    assert [run.origin for run in engine.runs("me")] == [None]
    engine.delete(parent)
    engine.set(fork, {"router_noise": 0.5})
    engine.resume(fork, Until("step", 60))
    marks = rest(engine, fork).marks
    assert_same(engine.history(fork), expected(60, marks))


def test_a_checkpoint_is_a_file_that_a_trainer_goes_on_from(engine: LocalEngine) -> None:
    run_id = trained(engine, 25)
    trainer = CountingTrainer(CONFIG)
    trainer.restore(engine.checkpoint(run_id, 25))
    assert trainer.step_count == 25
    with pytest.raises(EngineError, match="step 24 has no checkpoint"):
        engine.checkpoint(run_id, 24)


def test_owners_never_see_each_others_runs(engine: LocalEngine) -> None:
    mine, yours = trained(engine, 3, "owner 1"), trained(engine, 4, "owner 2")
    assert [line.run_id for line in engine.runs("owner 1")] == [mine]
    (line,) = engine.runs("owner 2")
    assert (line.run_id, line.step, line.arms) == (yours, 4, ("A", "B"))
    assert engine.runs("owner 3") == []


def test_runs_are_listed_newest_first(engine: LocalEngine) -> None:
    ids = [engine.start(CONFIG, "lister", paused=True) for _ in range(3)]
    assert [line.run_id for line in engine.runs("lister")] == ids[::-1]


def test_a_deleted_run_is_unknown_everywhere(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "deleter")
    engine.delete(run_id)
    assert engine.runs("deleter") == []
    for ask in (engine.latest, engine.history, engine.pause, engine.resume, engine.delete):
        with pytest.raises(UnknownRun):
            ask(run_id)


def test_a_run_that_is_asked_for_while_it_is_deleted_leaves_the_worker_too(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = made(tmp_path)
    run_id = trained(engine, 5)
    engine.housekeep()
    sent: list[object] = []
    send, store = WorkerProcess.send, engine._registry.store
    delete = store.delete

    def sending(self: WorkerProcess, request: Request) -> None:
        sent.append(request)
        send(self, request)

    def deleting(run_id: str) -> None:
        engine.resume(run_id)
        delete(run_id)

    monkeypatch.setattr(WorkerProcess, "send", sending)
    monkeypatch.setattr(store, "delete", deleting)
    engine.delete(run_id)
    assert [type(each) for each in sent] == [Drop, Load, Drop]
    with pytest.raises(UnknownRun):
        engine.latest(run_id)


@pytest.mark.parametrize("nonsense", ["", "../../etc/passwd", "a" * 22])
def test_a_nonsense_id_is_an_unknown_run(engine: LocalEngine, nonsense: str) -> None:
    asks = (
        engine.latest,
        engine.history,
        engine.pause,
        engine.resume,
        engine.step,
        engine.delete,
        engine.close,
        lambda run_id: engine.set(run_id, {}),
        lambda run_id: engine.rewind(run_id, 0),
        lambda run_id: engine.fork(run_id, 0, "me"),
        lambda run_id: engine.checkpoint(run_id, 0),
    )
    for ask in asks:
        with pytest.raises(UnknownRun):
            ask(nonsense)


def test_a_restarted_server_finds_its_runs_and_goes_on_with_them(made, tmp_path: Path) -> None:
    first = made(tmp_path)
    paused, running = trained(first, 30), first.start(CONFIG, "me")
    first.set(paused, {"top_k": 2}, "A")
    first.wait(running, lambda status: status.step > 20, TIMEOUT_S)
    first.shutdown()
    second = made(tmp_path)
    assert {line.run_id for line in second.runs("me")} == {paused, running}
    interrupted = second.latest(running)
    assert (interrupted.state, interrupted.reason) == ("paused", "the server was restarted")
    assert_same(second.history(running), expected(interrupted.step))
    second.resume(paused, Until("step", 50))
    marks = rest(second, paused).marks
    assert_same(second.history(paused), expected(50, marks))


def test_too_many_runs_at_once_are_refused_and_resting_ones_make_room(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, live_runs_per_owner=2, live_runs=3))
    first, second = trained(engine, 5), engine.start(CONFIG, "me")
    engine.start(CONFIG, "me")
    with pytest.raises(LimitReached, match=r"3 runs would.*allows 2 training runs per browser"):
        engine.start(CONFIG, "me")
    with pytest.raises(LimitReached, match="2 training runs per browser"):
        engine.resume(first)
    assert engine.latest(first).state == "paused"
    engine.start(CONFIG, "you")
    with pytest.raises(LimitReached, match="allows 3 training runs in total"):
        engine.start(CONFIG, "another")
    engine.pause(second)
    engine.resume(first, Until("step", 9))
    rest(engine, first)
    assert_same(engine.history(first), expected(9))
    assert len(engine.runs("me")) == 3, "refused runs leave nothing behind"


def test_too_many_saved_runs_are_refused_until_one_is_deleted(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, saved_runs_per_owner=2))
    first, _ = trained(engine, 1), trained(engine, 1)
    with pytest.raises(
        LimitReached, match=r"This browser has 2 saved runs\. .* 2 saved runs per browser\. Delete"
    ):
        engine.start(CONFIG, "me")
    with pytest.raises(LimitReached, match="2 saved runs per browser"):
        engine.fork(first, 0, "me")
    engine.delete(first)
    engine.start(CONFIG, "me")


def test_a_full_disk_allowance_is_refused(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, disk_bytes=100))
    trained(engine, 1)
    with pytest.raises(LimitReached, match="allows 100\u00a0B of saved runs in total"):
        engine.start(CONFIG, "me")


def test_without_a_place_to_write_a_run_trains_and_says_so(made, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    engine = made(tmp_path / "file")
    run_id = trained(engine, 30)
    status = engine.latest(run_id)
    assert "this run cannot be saved: Not a directory" in status.notice
    assert status.checkpoints == ()
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    engine.wait(run_id, lambda status: not engine.worker_pids, TIMEOUT_S)
    engine.resume(run_id, Until("step", 50))
    assert rest(engine, run_id).revision == 1, "its steps were repeated from the first"
    assert_same(engine.history(run_id), expected(50))
    engine.rewind(run_id, 0)
    assert engine.latest(run_id).step == 0


def test_the_lock_is_never_held_while_the_disk_is_asked(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk would else stop every session's reading."""
    engine = made(tmp_path, limits=replace(LIMITS, checkpoint_every_steps=10))
    lock, asked_under_it = engine._registry.changed, []

    def watched(function):
        def asking(path, *args, **more):
            if tmp_path.name in str(path) and lock._is_owned():
                asked_under_it.append((function.__name__, path))
            return function(path, *args, **more)

        return asking

    for name in ("stat", "open", "scandir", "listdir", "rename", "replace", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    monkeypatch.setattr("io.open", watched(open))
    run_id = trained(engine, 25)
    engine.set(run_id, {"top_k": 2})
    engine.ask(run_id, Question("A"), 10)
    fork = engine.fork(run_id, 20, "me")
    engine.resume(fork, Until("step", 30))
    rest(engine, fork)
    engine.rewind(run_id, 10)
    engine.resume(run_id)
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    engine.wait(run_id, lambda status: status.notice != "", TIMEOUT_S)
    engine.wait(run_id, lambda status: status.step > 40, TIMEOUT_S)
    engine.delete(fork)
    assert asked_under_it == []


def test_a_checkpoint_that_a_dying_worker_dropped_is_not_started_from(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, checkpoint_every_steps=10))
    run_id = trained(engine, 25)
    engine.resume(run_id)
    newest = engine.wait(run_id, lambda status: status.step > 200, TIMEOUT_S).checkpoints[-1]
    for path in (tmp_path / "runs" / run_id / "checkpoints").glob("*.safetensors"):
        if int(path.stem) >= 30:
            path.unlink(missing_ok=True)
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    engine.wait(run_id, lambda status: bool(status.notice), TIMEOUT_S)
    engine.wait(run_id, lambda status: status.step > newest, TIMEOUT_S)
    engine.pause(run_id)
    step = engine.latest(run_id).step
    assert_same(engine.history(run_id), expected(step))


def spoil(directory: Path, run_id: str, *steps: int) -> None:
    for step in steps:
        path = directory / "runs" / run_id / "checkpoints" / f"{step}.safetensors"
        assert path.exists()
        path.write_bytes(b"")


@pytest.mark.parametrize(("spoilt", "resumed"), [((50,), 40), ((40, 50), 20), ((20, 40, 50), 0)])
def test_a_run_whose_newest_checkpoints_are_unreadable_goes_on_from_the_one_before_them(
    made, tmp_path: Path, spoilt: tuple[int, ...], resumed: int
) -> None:
    limits = replace(LIMITS, checkpoint_every_steps=20)
    first = made(tmp_path, limits=limits)
    run_id = trained(first, 30)
    first.set(run_id, {"top_k": 3})
    first.resume(run_id, Until("step", 50))
    marks = rest(first, run_id).marks
    assert first.latest(run_id).checkpoints == (0, 20, 30, 40, 50)
    first.shutdown()
    spoil(tmp_path, run_id, *spoilt, *([30] if 40 in spoilt else []))
    engine = made(tmp_path, limits=limits)
    engine.resume(run_id, Until("step", 60))
    status = rest(engine, run_id)
    assert (status.state, status.step, status.marks) == ("paused", 60, marks)
    assert status.notice == (
        f"the checkpoint of step 50 cannot be read; resumed from the checkpoint of step {resumed}"
    )
    assert_same(engine.history(run_id), expected(60, marks))
    assert engine.checkpoint(run_id, 40) != b""
    engine.rewind(run_id, 40)
    assert engine.latest(run_id).notice == ""
    engine.resume(run_id, Until("step", 60))
    rest(engine, run_id)
    assert_same(engine.history(run_id), expected(60, marks))


def test_a_run_without_any_readable_checkpoint_fails_where_it_stands_and_loses_nothing(
    made, tmp_path: Path
) -> None:
    limits = replace(LIMITS, checkpoint_every_steps=20)
    first = made(tmp_path, limits=limits)
    run_id = trained(first, 50)
    first.shutdown()
    spoil(tmp_path, run_id, 0, 20, 40, 50)
    engine = made(tmp_path, limits=limits)
    engine.resume(run_id, Until("step", 60))
    status = rest(engine, run_id)
    assert (status.state, status.step) == ("failed", 50)
    assert "the checkpoint of step 50 cannot be read" in status.reason
    assert_same(engine.history(run_id), expected(50))
    assert status.checkpoints == (0, 20, 40, 50)


def no_process(*_: object) -> None:
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


REFUSED = "the server could not start a worker process: Cannot allocate memory"


def test_what_a_machine_without_room_for_a_process_refuses_leaves_nothing_behind(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = made(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("moeviz.engine.process._spawn", no_process)
        engine.warm_up()
        with pytest.raises(EngineError, match=REFUSED):
            engine.start(CONFIG, "me")
        assert engine.runs("me") == []
        assert list((tmp_path / "runs").iterdir()) == []
    run_id = trained(engine, 10)
    os.kill(engine.worker_pids[0], signal.SIGKILL)
    engine.wait(run_id, lambda _: not engine.worker_pids, TIMEOUT_S)
    with monkeypatch.context() as full:
        full.setattr("moeviz.engine.process._spawn", no_process)
        with pytest.raises(EngineError, match=REFUSED):
            engine.resume(run_id)
        assert engine.latest(run_id).state == "paused"
    engine.resume(run_id, Until("step", 20))
    assert rest(engine, run_id).step == 20


def test_a_run_whose_worker_cannot_be_replaced_pauses_and_says_why(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = made(tmp_path)
    run_id = engine.start(CONFIG, "me")
    engine.wait(run_id, lambda status: status.step > 5, TIMEOUT_S)
    with monkeypatch.context() as full:
        full.setattr("moeviz.engine.process._spawn", no_process)
        os.kill(engine.worker_pids[0], signal.SIGKILL)
        status = rest(engine, run_id)
    assert status.state == "paused"
    assert REFUSED in status.reason
    engine.resume(run_id, Until("step", status.step + 20))
    assert rest(engine, run_id).step == status.step + 20
    assert_same(engine.history(run_id), expected(status.step + 20))


def test_many_threads_may_ask_at_once(engine: LocalEngine) -> None:
    run_id = engine.start(CONFIG, "me")
    errors: list[BaseException] = []

    def page(number: int) -> None:
        try:
            for turn in range(40):
                status = engine.latest(run_id)
                steps = engine.history(run_id)["A"]["step"]
                assert steps.tolist() == list(range(1, len(steps) + 1))
                if turn % 10 == number:
                    engine.set(run_id, {"router_noise": number / 10}, "A")
                if turn % 13 == number:
                    engine.pause(run_id) if status.state == "running" else engine.resume(run_id)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=page, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert errors == []
    engine.pause(run_id)
    status = engine.latest(run_id)
    assert_same(engine.history(run_id), expected(status.step, status.marks))


def test_warming_up_starts_one_worker_however_often_it_is_asked(made, tmp_path: Path) -> None:
    engine = made(tmp_path)
    assert engine.worker_pids == ()
    engine.warm_up()
    engine.warm_up()
    assert len(engine.worker_pids) == 1


def test_runs_are_spread_over_the_workers(made, tmp_path: Path) -> None:
    engine = made(tmp_path, limits=replace(LIMITS, workers=2))
    ids = [engine.start(CONFIG, "me") for _ in range(4)]
    assert len(engine.worker_pids) == 2
    for run_id in ids:
        engine.wait(run_id, lambda status: status.step > 0, TIMEOUT_S)


def test_after_shutdown_no_worker_is_left(made, tmp_path: Path) -> None:
    engine = made(tmp_path)
    engine.start(CONFIG, "me")
    (pid,) = engine.worker_pids
    engine.shutdown()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
