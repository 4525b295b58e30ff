"""An engine in the test's own process: it trains when it is told to, by default counting fakes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moeviz.config import LIVE_KNOBS, ArmConfig, Arms, ConfigError, RunConfig
from moeviz.engine.protocol import (
    EngineError,
    LimitReached,
    Origin,
    RunStatus,
    RunSummary,
    UnknownRun,
    UnreadableRun,
    Until,
)
from moeviz.engine.start_config import start_config
from moeviz.records import KnobMark, RunHistory, TrainingDiverged
from moeviz.traces import Question
from tests.fakes import CountingTrainer
from tests.pages.hand_run import HandRun


class HandEngine:
    """Obeys the engine's protocol without workers, time or files. `asked` lists what it was told.

    A resumed run counts as running but does no step until `train` is called. A question goes to
    the run's trainer, unless `answers` has a function for its type.
    """

    MAX_RUNS = 9

    def __init__(self, trainer: Callable[[RunConfig], Any] = CountingTrainer) -> None:
        self.make_trainer = trainer
        self.answers: dict[type[Question], Callable[[Any], Any]] = {}
        self.known: dict[str, HandRun] = {}
        self.lost: list[UnreadableRun] = []
        self.asked: list[tuple[Any, ...]] = []
        self.now_unix_s = 1_700_000_000.0
        self._tickets, self._numbers = itertools.count(1), itertools.count()
        self._listeners: list[Callable[[str], None]] = []

    @property
    def placed(self) -> set[str]:
        """The runs that are more than prepared."""
        return {run_id for run_id, run in self.known.items() if run.placed}

    def train(self, run_id: str, steps: int) -> None:
        """Do steps as a worker would, without the page's asking."""
        with self._changed(run_id) as run:
            for _ in range(steps):
                try:
                    taken = run.trainer.step()
                except TrainingDiverged as error:
                    run.state, run.failure = "failed", error.failure
                    return
                for name, snapshot in taken.items():
                    run.snapshots.setdefault(name, []).append(snapshot)
                every = run.until.keep_every if run.until else 0
                if every and run.trainer.step_count % every == 0:
                    self.keep(run_id)

    def keep(self, run_id: str) -> None:
        """Keep a checkpoint of the present step."""
        run = self._run(run_id)
        run.kept[run.trainer.step_count] = run.trainer.state()

    def continue_from(self, run_id: str, trained: HandRun) -> None:
        """Go on where a run of the same config stands, with all that it has kept and recorded."""
        run = self._run(run_id)
        run.trainer.restore(trained.trainer.state())
        run.kept = dict(trained.kept)
        run.snapshots = {name: list(each) for name, each in trained.snapshots.items()}

    def ask(self, run_id: str, question: Question, step: int | None = None) -> Any:
        run = self._run(run_id)
        self._give_place(run)
        self.asked.append(("ask", type(question), step))
        if type(question) in self.answers:
            return self.answers[type(question)](question)
        if step not in (None, run.trainer.step_count, *run.kept):
            raise EngineError(f"step {step} has no checkpoint")
        try:
            state = run.kept.get(step)
            model = run.trainer.kept_model(state, question.arm) if state else None
            return run.trainer.answer(question, model)
        except ConfigError as error:
            raise EngineError(str(error)) from None

    def warm_up(self) -> None:
        self.asked.append(("warm_up",))

    def start(self, config: RunConfig, owner: str, *, paused: bool = False) -> str:
        self._check_room()
        run_id = self._add("start", config, owner)
        self.known[run_id].give_place()
        self.known[run_id].state = "paused" if paused else "running"
        self.known[run_id].begun = not paused
        return run_id

    def prepare(self, config: RunConfig, owner: str) -> str:
        return self._add("prepare", config, owner)

    def renew(self, run_id: str, knobs: Mapping[str, Any]) -> tuple[str, int]:
        run = self._run(run_id)
        arms = (
            ArmConfig.of(arm.name, {**arm.knobs, **knobs}, arm.schedule)
            for arm in self._again(run).arms
        )
        config = RunConfig(tuple(arms))
        if run.placed:
            return self._add("renew", config, run.owner), 0
        with self._changed(run_id):
            run.begin_with(config)
            return run_id, self._settle(run, 1)

    def let_control(self, run_id: str, browser: str) -> None:
        self._run(run_id).controllers.add(browser)

    def may_control(self, run_id: str, browser: str) -> bool:
        run = self._run(run_id)
        return browser == run.owner or browser in run.controllers

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set(self, run_id: str, knobs: Mapping[str, Any], arm: Arms = None) -> int:
        with self._changed(run_id) as run:
            self._check_not_failed(run)
            step = run.step + 1
            if run.placed:
                run.trainer.set(knobs, arm)
                names = run.trainer.config.named(arm)
                run.marks += [KnobMark(step, name, dict(knobs)) for name in names]
            else:
                run.begin_with(run.started.with_knobs(knobs, arm))
            self.asked.append(("set", run_id, dict(knobs), arm))
            return self._settle(run, step)

    def pause(self, run_id: str) -> None:
        with self._changed(run_id) as run:
            if run.state in ("starting", "running", "recovering"):
                run.state = "paused"
            self.asked.append(("pause", run_id))

    def resume(self, run_id: str, until: Until | None = None) -> None:
        with self._changed(run_id) as run:
            self._check_not_failed(run)
            self._give_place(run)
            run.state, run.until, run.begun = "running", until, True
            self.asked.append(("resume", run_id, until))

    def step(self, run_id: str, steps: int = 1) -> None:
        with self._changed(run_id) as run:
            self._check_not_failed(run)
            self._give_place(run)
            run.begun = True
            self.train(run_id, steps)
            run.state = "failed" if run.failure else "paused"
            self.asked.append(("step", run_id, steps))

    def rewind(self, run_id: str, step: int) -> None:
        with self._changed(run_id) as run:
            self._check_kept(run, step)
            run.go_back(step)
            self.asked.append(("rewind", run_id, step))

    def reset(self, run_id: str, knobs: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        run = self._run(run_id)
        if knobs is None:
            again = self._again(run)
            knobs = {arm.name: {name: arm.knobs[name] for name in LIVE_KNOBS} for arm in again.arms}
        config = run.started
        for arm, values in knobs.items():
            config = config.with_knobs(values, arm)  # refused as a whole
        if run.placed:
            self.rewind(run_id, 0)
        for arm, values in knobs.items():
            self.set(run_id, values, arm)

    def fork(self, run_id: str, step: int, owner: str = "") -> str:
        run = self._run(run_id)
        self._give_place(run)
        self._check_kept(run, step)
        self._check_room()
        forked = self._add("fork", run.started, owner or run.owner)
        fork = self.known[forked]
        fork.give_place()
        fork.kept, fork.snapshots, fork.marks = dict(run.kept), dict(run.snapshots), list(run.marks)
        fork.go_back(step)
        fork.origin, fork.revision, fork.begun = Origin(run_id, step), 0, run.begun
        return forked

    def latest(self, run_id: str, *, watching: bool = True) -> RunStatus:
        run = self._run(run_id)
        if watching:
            self.asked.append(("watch", run_id))
        training = (each for each in self.known.values() if each.state == "running")
        return run.status(run_id, sum(len(each.started.arms) for each in training))

    def history(self, run_id: str, since: int = 0) -> Mapping[str, RunHistory]:
        snapshots = self._run(run_id).snapshots
        return {name: RunHistory.of(each).since(since) for name, each in snapshots.items()}

    def checkpoint(self, run_id: str, step: int) -> bytes:
        return self._run(run_id).kept[step]

    def runs(self, owner: str) -> list[RunSummary]:
        mine = (
            run.summary(run_id)
            for run_id, run in self.known.items()
            if run.owner == owner and run.placed
        )
        return sorted(mine, key=lambda each: -each.created_unix_s)

    def unreadable(self, owner: str) -> list[UnreadableRun]:
        return self.lost

    def delete(self, run_id: str) -> None:
        if lost := [run for run in self.lost if run.run_id == run_id]:
            self.lost.remove(*lost)
            return
        with self._changed(run_id):
            del self.known[run_id]
            self.asked.append(("delete", run_id))

    def close(self, run_id: str) -> None:
        self.asked.append(("close", run_id))

    def shutdown(self) -> None:
        self.asked.append(("shutdown",))

    def _run(self, run_id: str) -> HandRun:
        if run_id not in self.known:
            raise UnknownRun(f"there is no run {run_id}")
        return self.known[run_id]

    @contextmanager
    def _changed(self, run_id: str) -> Iterator[HandRun]:
        """The run; listeners are told afterwards."""
        yield self._run(run_id)
        for listener in list(self._listeners):
            listener(run_id)

    def _add(self, how: str, config: RunConfig, owner: str) -> str:
        """Take in a prepared run; returns its id."""
        run_id = f"run-{next(self._numbers):04d}"
        self.asked.append((how, run_id))
        self.known[run_id] = HandRun(owner, self.now_unix_s, self.make_trainer, config)
        return run_id

    def _settle(self, run: HandRun, first_step: int) -> int:
        ticket = next(self._tickets)
        run.settled = run.settled.up_to(ticket, first_step)
        return ticket

    def _again(self, run: HandRun) -> RunConfig:
        """With which knobs the run would start again."""
        return start_config(run.config, run.started, run.step)

    def _give_place(self, run: HandRun) -> None:
        if not run.placed:
            self._check_room()
            run.give_place()

    def _check_room(self) -> None:
        if sum(run.placed for run in self.known.values()) >= self.MAX_RUNS:
            raise LimitReached(f"MOEVIZ_MAX_RUNS is {self.MAX_RUNS}: delete a run first")

    def _check_not_failed(self, run: HandRun) -> None:
        if run.failure:
            words = f"failed at step {run.failure.step}: {run.failure.reason}"
            raise EngineError(f"this run {words}; rewind it to an earlier checkpoint")

    def _check_kept(self, run: HandRun, step: int) -> None:
        if step not in run.kept:
            raise EngineError(f"step {step} has no checkpoint")
