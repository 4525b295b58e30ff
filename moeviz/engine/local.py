"""The engine that trains in worker processes on this machine.

Knows who asks for what, and what is allowed; knows nothing of torch, Streamlit or how workers run.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from moeviz.config import Arms, RunConfig
from moeviz.data_directory import data_directory
from moeviz.engine.controllers import let_control, may_control
from moeviz.engine.hosting import Hosting
from moeviz.engine.housekeeping import WATCH_S, Housekeeper
from moeviz.engine.limits import Limits
from moeviz.engine.messages import KnobChange, SetKnobs
from moeviz.engine.preparing import prepare
from moeviz.engine.protocol import Engine, EngineError, RunStatus, RunSummary, UnreadableRun, Until
from moeviz.engine.registry import Registry
from moeviz.engine.requests import (
    check_can_train,
    check_disk,
    check_kept,
    check_knobs,
    check_not_failed,
    check_until,
    checked_reset,
    with_any_knobs,
)
from moeviz.engine.run import Run
from moeviz.engine.saved import SavedRun
from moeviz.engine.start_config import start_config
from moeviz.engine.store import RunStore, new_run_id
from moeviz.records import RunHistory
from moeviz.traces import Question

TRAINER = "moeviz.training.lockstep:LockstepTrainer"

PAUSE_WAIT_S = 1.0
"""How long `pause` waits for the step under way; that of a large model may take longer."""


class LocalEngine(Engine):
    """An engine of this machine; `protocol.Engine` says what each method promises."""

    def __init__(
        self,
        trainer: str = TRAINER,
        *,
        limits: Limits | None = None,
        directory: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        housekeeping: bool = True,
    ) -> None:
        self._limits = limits or Limits.from_environment()
        self._registry = Registry(RunStore(directory or data_directory()), clock)
        self._hosting = Hosting(self._registry, trainer, self._limits)
        self._housekeeper = Housekeeper(self._registry, self._hosting, self._limits)
        if housekeeping:
            self._housekeeper.start()

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The processes that train."""
        return tuple(process.pid for process in self._hosting.processes)

    def warm_up(self) -> None:
        with self._registry.changed, contextlib.suppress(EngineError):
            self._hosting.warm_up()

    def start(self, config: RunConfig, owner: str, *, paused: bool = False) -> str:
        self._limits.check(config)
        check_disk(self._registry, self._limits, owner)
        run = Run(SavedRun(new_run_id(), owner, time.time(), config, "starting", 0))
        run.wanted = run.begun = not paused
        self._registry.save_first(run)
        try:
            with self._registry.changed:
                self._hosting.make_room(owner)
                self._registry.add(run)
                self._hosting.host(run)
        except EngineError:
            with self._registry.changed:
                self._registry.runs.pop(run.run_id, None)
            self._registry.store.delete(run.run_id)
            raise
        return run.run_id

    def prepare(self, config: RunConfig, owner: str) -> str:
        return prepare(self._registry, self._limits, config, owner)

    def renew(self, run_id: str, knobs: Mapping[str, Any]) -> tuple[str, int]:
        with self._registry.holding(run_id) as run:
            config = start_config(run.config, run.initial, run.stands)
            changed = with_any_knobs(config, knobs)
            if run.prepared:
                self._limits.check(changed)
                return run_id, run.prepare(changed)
        return self.prepare(changed, run.owner), 0

    def let_control(self, run_id: str, browser: str) -> None:
        with self._registry.holding(run_id) as run:
            let_control(run, browser)

    def may_control(self, run_id: str, browser: str) -> bool:
        with self._registry.holding(run_id) as run:
            return may_control(run, browser)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        return self._registry.listen(listener)

    def set(self, run_id: str, knobs: Mapping[str, Any], arm: Arms = None) -> int:
        with self._registry.holding(run_id) as run:
            check_not_failed(run)
            check_knobs(run, knobs, arm)
            if run.prepared:
                return run.prepare(run.initial.with_knobs(knobs, arm))
            run.recovery.acted_on()
            if run.process is None:
                self._hosting.make_room(run.owner)
                self._hosting.host(run)
            assert run.process
            ticket = run.ask(KnobChange(run.stands, knobs, arm))
            run.process.send(SetKnobs(run_id, run.next_command(), knobs, arm))
            return ticket

    def pause(self, run_id: str) -> None:
        with self._registry.holding(run_id) as run:
            run.asleep = False
            run.recovery.acted_on()
            if run.active:
                self._hosting.pause(run, "")
        with self._registry.changed:
            self._registry.changed.wait_for(lambda: not run.pausing, PAUSE_WAIT_S)

    def resume(self, run_id: str, until: Until | None = None) -> None:
        self._give_place(run_id, begins=True)
        with self._registry.holding(run_id) as run:
            check_can_train(run, self._limits)
            check_until(run, until)
            run.recovery.acted_on()
            self._train(run, until)

    def step(self, run_id: str, steps: int = 1) -> None:
        self._give_place(run_id, begins=True)
        with self._registry.holding(run_id) as run:
            on_the_way = run.goal if run.active else 0
        if not on_the_way:
            self.pause(run_id)
        with self._registry.holding(run_id) as run:
            check_can_train(run, self._limits)
            run.recovery.acted_on()
            goal = (run.goal or run.stands + run.pausing) + max(1, steps)
            self._train(run, Until("step", goal), goal)

    def rewind(self, run_id: str, step: int) -> None:
        with self._registry.holding(run_id) as run:
            check_kept(run, step)
        self._go_back(run_id, step)

    def reset(self, run_id: str, knobs: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        with self._registry.holding(run_id) as run:
            knobs = checked_reset(run, knobs)
            if run.prepared:
                for arm, values in knobs.items():
                    run.prepare(run.initial.with_knobs(values, arm))
                return
        self._go_back(run_id, 0, [KnobChange(0, each, arm) for arm, each in knobs.items()])

    def fork(self, run_id: str, step: int, owner: str = "") -> str:
        self._give_place(run_id)
        with self._registry.holding(run_id) as run:
            check_kept(run, step)
            parent, owner = run.saved(), owner or run.owner
        check_disk(self._registry, self._limits, owner)
        fork = Run(parent.forked(new_run_id(), owner, time.time(), step))
        fork.rewind(step)
        self._registry.add_fork(fork, run_id, step)
        return fork.run_id

    def latest(self, run_id: str, *, watching: bool = True) -> RunStatus:
        with self._registry.holding(run_id) as run:
            if watching:
                run.seen_s = self._registry.clock()
            if watching and run.asleep:
                self._wake(run)
            return run.status(self._registry.models_training)

    def history(self, run_id: str, since: int = 0) -> Mapping[str, RunHistory]:
        with self._registry.holding(run_id) as run:
            return run.history(since)

    def ask(self, run_id: str, question: Question, step: int | None = None) -> Any:
        self._give_place(run_id)
        with self._registry.holding(run_id) as run:
            run.seen_s = self._registry.clock()
            if step not in (None, run.step):
                check_kept(run, step or 0)
            if run.process is None:
                self._hosting.make_room(run.owner)
                self._hosting.host(run)
            asked = self._hosting.ask(run, question, step)
        answer = self._hosting.answer(asked)
        if answer is None:
            raise EngineError("the worker gave no answer; ask again")
        if answer.refusal:
            raise EngineError(answer.refusal)
        return answer.value

    def checkpoint(self, run_id: str, step: int) -> bytes:
        with self._registry.holding(run_id) as run:
            check_kept(run, step)
        try:
            return self._registry.store.checkpoint(run_id, step)
        except OSError:
            raise EngineError(f"the checkpoint of step {step} was deleted") from None

    def runs(self, owner: str) -> list[RunSummary]:
        return self._registry.summaries(owner)

    def unreadable(self, owner: str) -> list[UnreadableRun]:
        found = self._registry.store.unreadable(owner)
        return sorted(found, key=lambda run: run.saved_unix_s, reverse=True)

    def delete(self, run_id: str) -> None:
        self._housekeeper.delete(run_id)

    def close(self, run_id: str) -> None:
        with self._registry.holding(run_id) as run:
            if run.wanted:
                self._hosting.pause(run, "its page was closed", asleep=True)
            unwatched_s = self._registry.clock() - WATCH_S
            run.seen_s = min(run.seen_s, unwatched_s)

    def wait(
        self, run_id: str, condition: Callable[[RunStatus], bool], timeout_s: float
    ) -> RunStatus:
        """Wait until a run's status satisfies the condition; returns it, or raises TimeoutError."""
        with self._registry.holding(run_id) as run:
            if not self._registry.changed.wait_for(lambda: condition(run.status()), timeout_s):
                raise TimeoutError(f"step {run.step}, {run.state} after {timeout_s:g} s")
            return run.status()

    def housekeep(self) -> None:
        """One round of leases and saving: for an engine made without housekeeping."""
        self._housekeeper.tick()

    def shutdown(self) -> None:
        """Save all runs and end the workers."""
        with self._registry.changed:
            for run in self._registry.runs.values():
                self._hosting.release(run)
        self._hosting.close()
        self._housekeeper.stop()

    def _give_place(self, run_id: str, *, begins: bool = False) -> None:
        """Give a prepared run its place on disk; LimitReached where there is none."""
        with self._registry.holding(run_id) as run:
            if not run.prepared:
                return
        check_disk(self._registry, self._limits, run.owner)
        run.begun = begins
        self._registry.save_first(run)
        with self._registry.changed:
            run.prepared = False

    def _train(self, run: Run, until: Until | None, goal: int = 0) -> None:
        if not run.process:
            self._hosting.make_room(run.owner)
        run.train(until, goal)
        try:
            self._hosting.go(run)
        except EngineError as error:
            run.rest(str(error))
            raise

    def _go_back(self, run_id: str, step: int, changes: Iterable[KnobChange] = ()) -> None:
        self.pause(run_id)
        with self._registry.holding(run_id) as run:
            check_kept(run, step)
            run.rewind(step, changes)
            if run.process:
                self._hosting.host(run)

    def _wake(self, run: Run) -> None:
        """Continue a run that paused because no page watched it; or say why it cannot."""
        try:
            self._train(run, run.until)
        except EngineError as error:
            run.rest(str(error))
