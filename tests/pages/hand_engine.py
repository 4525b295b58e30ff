"""An engine in the test's own process: it trains when it is told to, by default counting fakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import ConfigError, RunConfig
from moeviz.engine.protocol import (
    EngineError,
    LimitReached,
    RunStatus,
    RunSummary,
    UnknownRun,
    Until,
)
from moeviz.records import (
    KnobMark,
    RunFailure,
    RunHistory,
    RunState,
    StepSnapshot,
    TrainingDiverged,
)
from moeviz.traces import Question
from tests.fakes import CountingTrainer


@dataclass
class HandRun:
    """A run and everything that a page may ask of it."""

    owner: str
    created_unix_s: float
    trainer: Any
    kept: dict[int, bytes]
    started: RunConfig
    state: RunState = "paused"
    snapshots: dict[str, list[StepSnapshot]] = field(default_factory=dict)
    marks: list[KnobMark] = field(default_factory=list)
    notice: str = ""
    failure: RunFailure | None = None
    until: Until | None = None


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
        self.asked: list[tuple[Any, ...]] = []
        self.now_unix_s = 1_700_000_000.0

    def train(self, run_id: str, steps: int) -> None:
        """Do steps as a worker would, without the page's asking."""
        run = self._run(run_id)
        for _ in range(steps):
            try:
                taken = run.trainer.step()
            except TrainingDiverged as error:
                run.state, run.failure = "failed", error.failure
                return
            for name, snapshot in taken.items():
                run.snapshots.setdefault(name, []).append(snapshot)

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
        self.asked.append(("ask", type(question), step))
        if type(question) in self.answers:
            return self.answers[type(question)](question)
        if step not in (None, run.trainer.step_count, *run.kept):
            raise EngineError(f"no checkpoint of step {step} is kept")
        try:
            state = run.kept.get(step)
            model = run.trainer.kept_model(state, question.arm) if state else None
            return run.trainer.answer(question, model)
        except ConfigError as error:
            raise EngineError(str(error)) from None

    def warm_up(self) -> None:
        self.asked.append(("warm_up",))

    def start(self, config: RunConfig, owner: str, *, paused: bool = False) -> str:
        if len(self.known) >= self.MAX_RUNS:
            raise LimitReached(f"MOEVIZ_MAX_RUNS is {self.MAX_RUNS}: delete a run first")
        run_id = f"run-{len(self.asked):04d}"
        self.asked.append(("start", run_id))
        trainer = self.make_trainer(config)
        state: RunState = "paused" if paused else "running"
        self.known[run_id] = HandRun(
            owner, self.now_unix_s, trainer, {0: trainer.state()}, config, state
        )
        return run_id

    def set(self, run_id: str, knobs: Mapping[str, Any], arm: str | None = None) -> None:
        run = self._run(run_id)
        run.trainer.set(knobs, arm)
        self.asked.append(("set", run_id, dict(knobs), arm))
        step = run.trainer.step_count + 1
        names = [each.name for each in run.trainer.config.arms if arm in (None, each.name)]
        run.marks += [KnobMark(step, name, dict(knobs)) for name in names]

    def pause(self, run_id: str) -> None:
        self._run(run_id).state = "paused"
        self.asked.append(("pause", run_id))

    def resume(self, run_id: str, until: Until | None = None) -> None:
        run = self._run(run_id)
        run.state, run.until = "running", until
        self.asked.append(("resume", run_id, until))

    def step(self, run_id: str, steps: int = 1) -> None:
        self.train(run_id, steps)
        self.asked.append(("step", run_id, steps))

    def rewind(self, run_id: str, step: int) -> None:
        run = self._run(run_id)
        assert step == 0, "back to the start is all that pages ask here"
        run.trainer.restore(run.kept[step])
        run.snapshots, run.marks, run.state, run.failure = {}, [], "paused", None
        self.asked.append(("rewind", run_id, step))

    def reset(self, run_id: str, knobs: Mapping[str, Mapping[str, Any]]) -> None:
        config = self._run(run_id).started
        for arm, values in knobs.items():
            config = config.with_knobs(values, arm)  # refused as a whole
        self.rewind(run_id, 0)
        for arm, values in knobs.items():
            self.set(run_id, values, arm)

    def fork(self, run_id: str, step: int, owner: str) -> str:
        raise NotImplementedError

    def latest(self, run_id: str, *, watching: bool = True) -> RunStatus:
        run = self._run(run_id)
        if watching:
            self.asked.append(("watch", run_id))
        return RunStatus(
            run_id=run_id,
            state=run.state,
            config=run.trainer.config,
            started=run.started,
            step=run.trainer.step_count,
            latest={name: each[-1] for name, each in run.snapshots.items()},
            tokens_per_s=dict.fromkeys(run.snapshots, 1234.0),
            marks=tuple(run.marks),
            checkpoints=tuple(sorted(run.kept)),
            reason=run.failure.reason if run.failure else "",
            notice=run.notice,
            failure=run.failure,
        )

    def history(self, run_id: str, since: int = 0) -> Mapping[str, RunHistory]:
        snapshots = self._run(run_id).snapshots
        return {name: RunHistory.of(each).since(since) for name, each in snapshots.items()}

    def checkpoint(self, run_id: str, step: int) -> bytes:
        return self._run(run_id).kept[step]

    def runs(self, owner: str) -> list[RunSummary]:
        mine = [(run_id, run) for run_id, run in self.known.items() if run.owner == owner]
        summaries = [
            RunSummary(
                run_id,
                run.state,
                run.created_unix_s,
                run.trainer.step_count,
                tuple(arm.name for arm in run.trainer.config.arms),
                {name: each[-1].cross_entropy for name, each in run.snapshots.items()},
                run.trainer.config,
            )
            for run_id, run in mine
        ]
        return sorted(summaries, key=lambda each: -each.created_unix_s)

    def delete(self, run_id: str) -> None:
        self._run(run_id)
        del self.known[run_id]
        self.asked.append(("delete", run_id))

    def close(self, run_id: str) -> None:
        self.asked.append(("close", run_id))

    def _run(self, run_id: str) -> HandRun:
        if run_id not in self.known:
            raise UnknownRun(f"there is no run {run_id}")
        return self.known[run_id]
