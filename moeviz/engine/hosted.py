"""One run inside a worker: its trainer, its checkpoints, and its news since the last report.

Knows nothing of connections or of the other runs; its holder decides when it may step.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moeviz.config import LIVE_KNOBS, ConfigError, RunConfig
from moeviz.data.packages import PackageError
from moeviz.engine.checkpoints import CheckpointRing
from moeviz.engine.messages import KnobChange, Load, Progress
from moeviz.engine.protocol import Until
from moeviz.engine.stopping import StopWatch
from moeviz.engine.trainers import Trainer, TrainerFactory
from moeviz.records import (
    KnobMark,
    RunFailure,
    RunHistory,
    RunState,
    StepSnapshot,
    TrainingDiverged,
)
from moeviz.traces import Question

RATE_WINDOW_S = 3.0
"""Wall-clock seconds over which tokens/s is taken."""


@dataclass(slots=True)
class _News:
    """What has happened since the last report."""

    snapshots: dict[str, list[StepSnapshot]] = field(default_factory=dict)
    marks: list[KnobMark] = field(default_factory=list)
    obeyed: list[KnobChange] = field(default_factory=list)


class HostedRun:
    """A run that a worker holds. Whatever its trainer raises ends in state "failed", not here."""

    def __init__(self, load: Load, factory: TrainerFactory, clock: Callable[[], float]) -> None:
        self.run_id, self.command = load.run_id, load.command
        self.state: RunState = "recovering" if load.checkpoint or load.target else "starting"
        self.reason = load.reason
        self.failure: RunFailure | None = None
        self._load, self._clock = load, clock
        self._trainer: Trainer | None = None
        self._ring: CheckpointRing | None = None
        self._watch = StopWatch(load.recent_losses, load.verdicts)
        self._going, self._until = load.go, load.until
        self._troubles: dict[str, str] = {}
        self._known_step = load.checkpoint or 0
        self._to_repeat: deque[KnobChange] = deque()
        self._asked: deque[KnobChange] = deque()
        self._changed_at = -1
        self._pace: deque[tuple[float, int]] = deque()
        self._news = _News()
        self._asked_model: tuple[tuple[int, str], Any] | None = None
        with self._failing_alone():
            self._open(factory)

    @property
    def runnable(self) -> bool:
        """Whether it makes steps in its turn."""
        return self.state in ("running", "recovering")

    @property
    def step_count(self) -> int:
        """Steps done; while its models are still to be built, those of its checkpoint."""
        return self._trainer.step_count if self._trainer else self._load.checkpoint or 0

    def go(self, until: Until | None) -> None:
        """Train on from the next turn; a failed run stays failed."""
        self._going, self._until = True, until
        if self.state == "recovering":
            self.reason = ""
        if self.state in ("paused", "finished") and self.step_count < self._load.max_steps:
            self._run()

    def pause(self, reason: str) -> None:
        """Take no further step, except those that repeat what was already seen."""
        self._going = False
        if self.state == "running":
            self._stop("paused", reason)
        elif self.state in ("paused", "recovering"):
            self.reason = reason

    def ask(self, change: KnobChange) -> None:
        """Change knobs as soon as no earlier step is being repeated."""
        self._asked.append(change)
        if self._trainer is not None:
            with self._failing_alone():
                self._settle()

    def step(self) -> None:
        """One step of all arms."""
        with self._failing_alone():
            trainer = self._opened
            before = trainer.config
            snapshots = trainer.step()
            self._note_marks(before, trainer.step_count)
            if trainer.step_count > self._known_step:
                self._watch.observe(snapshots)
                for arm, snapshot in snapshots.items():
                    self._news.snapshots.setdefault(arm, []).append(snapshot)
            self._pace.append((self._clock(), trainer.step_count))
            every = (self._load.checkpoint_every, self._until.keep_every if self._until else 0)
            if any(steps and trainer.step_count % steps == 0 for steps in every):
                self.keep()
            self._settle()
            self._judge()

    def keep(self) -> None:
        """Keep a checkpoint of the present step, unless knobs were changed since that step.

        A checkpoint is always the state right after its step, so that going back to it never
        brings a change along that was made later.
        """
        ring, step = self._ring, self.step_count
        if ring is None or self.failure or step in ring.steps or self._changed_at == step:
            return
        try:
            ring.save(step, self._opened.state())
        except OSError as error:
            words = f"the checkpoint of step {step} could not be written"
            self._troubles["writing"] = f"{words}: {error.strerror}"
        else:
            self._troubles.pop("writing", None)

    def answer(self, question: Question, step: int | None) -> tuple[Any, str]:
        """What the models answer, now or as they were at a checkpoint; or why they do not.

        An error here is the question's: the run continues.
        """
        if self._trainer is None:
            return None, self.reason
        try:
            model = None
            if step is not None and step != self.step_count:
                model = self._kept_model(step, question.arm)
            return self._trainer.answer(question, model), ""
        except ConfigError as error:
            return None, str(error)
        except OSError:
            return None, f"the checkpoint of step {step} was deleted"
        except Exception as error:
            traceback.print_exc()
            return None, f"{type(error).__name__}: {error}"

    def _kept_model(self, step: int, arm: str) -> Any:
        """The model of a checkpoint: read from disk unless it is the last one that was read.

        A study asks one checkpoint a hundred times. It holds a model's weights, a quarter of what
        the trainer holds, until another one is read or the run is freed.
        """
        if self._asked_model and self._asked_model[0] == (step, arm):
            return self._asked_model[1]
        self._asked_model = None
        if self._ring is None:
            raise FileNotFoundError(step)
        model = self._opened.kept_model(self._ring.read(step), arm)
        self._asked_model = (step, arm), model
        return model

    def report(self) -> Progress:
        """What is new; the next report starts from here."""
        news, self._news = self._news, _News()
        return Progress(
            run_id=self.run_id,
            epoch=self._load.epoch,
            command=self.command,
            state=self.state,
            step=max(self.step_count, self._known_step),
            reason=self.reason,
            records={arm: RunHistory.of(each) for arm, each in news.snapshots.items()},
            marks=tuple(news.marks),
            obeyed=tuple(news.obeyed),
            checkpoints=self._ring.steps if self._ring else (),
            tokens_per_s=self._tokens_per_s(),
            failure=self.failure,
            notice="; ".join(self._troubles.values()),
        )

    @property
    def _opened(self) -> Trainer:
        assert self._trainer is not None, "a run without a trainer has failed and takes no steps"
        return self._trainer

    def _open(self, factory: TrainerFactory) -> None:
        load = self._load
        trainer = factory(load.config)
        if load.directory and Path(load.directory).is_dir():
            self._open_ring(Path(load.directory))
        if load.checkpoint is not None:
            self._restore(trainer, load.checkpoint)
        self._trainer = trainer
        self._to_repeat = deque(c for c in load.changes if c.step >= trainer.step_count)
        self.keep()
        self._settle()
        self._judge()

    def _restore(self, trainer: Trainer, step: int) -> None:
        """To a kept state; where it cannot be read, to one before it, whose later steps are made
        again: in silence as far as their records are known."""
        words = f"the checkpoint of step {step} cannot be read"
        kept = self._ring.restore_newest(step, trainer.restore) if self._ring else None
        if kept is None:
            raise RuntimeError(words)
        if kept < step:
            self._troubles["reading"] = f"{words}; resumed from the checkpoint of step {kept}"
        if trainer.remark:
            self._troubles["text"] = trainer.remark

    def _open_ring(self, directory: Path) -> None:
        try:
            self._ring = CheckpointRing(directory, self._load.kept, self._load.checkpoint_bytes)
        except OSError as error:
            self._troubles["keeping"] = f"checkpoints cannot be kept: {error.strerror}"

    def _settle(self) -> None:
        """Make the changes that are due: repeated ones at their steps, new ones after those."""
        while self._to_repeat and self._to_repeat[0].step <= self.step_count:
            self._apply(self._to_repeat.popleft())
        while self._asked and self.step_count >= self._load.target:
            change = self._asked.popleft()
            self._apply(change)
            self._news.obeyed.append(KnobChange(self.step_count, change.knobs, change.arm))

    def _apply(self, change: KnobChange) -> None:
        before = self._opened.config
        self._opened.set(change.knobs, change.arm)
        self._changed_at = self.step_count
        self._note_marks(before, self.step_count + 1)

    def _note_marks(self, before: RunConfig, first_step: int) -> None:
        for old, new in zip(before.arms, self._opened.config.arms, strict=True):
            if old is not new and old != new and first_step > self._known_step:
                was, now = old.knobs, new.knobs
                changed: dict[str, Any] = {k: now[k] for k in LIVE_KNOBS if now[k] != was[k]}
                self._news.marks.append(KnobMark(first_step, new.name, changed))

    def _judge(self) -> None:
        """Decide what the run does after the present step."""
        if self.step_count < self._load.target:
            return
        if self.state != "running":
            if self._going:
                self._run()
            else:
                self._stop("paused", self.reason)
        elif self._until and (reason := self._watch.reason(self._until, self.step_count)):
            self._stop("paused", reason)
        if self.step_count >= self._load.max_steps:
            self._stop("finished", f"reached step {self.step_count}, the limit of a run")

    def _run(self) -> None:
        self.state, self.reason = "running", ""
        self._pace = deque([(self._clock(), self.step_count)])

    def _stop(self, state: RunState, reason: str) -> None:
        self.state, self.reason, self._going = state, reason, False
        self.keep()

    def _tokens_per_s(self) -> dict[str, float]:
        """Over the recent wall-clock seconds, the other runs' turns included; 0 at rest."""
        now = self._clock()
        while len(self._pace) > 1 and self._pace[0][0] < now - RATE_WINDOW_S:
            self._pace.popleft()
        if self._trainer is None:
            return {}
        started, first = self._pace[0] if self.state == "running" else (now, 0)
        rate = (self.step_count - first) / (now - started) if now > started else 0.0
        return {arm: tokens * rate for arm, tokens in self._trainer.tokens_per_step.items()}

    @contextmanager
    def _failing_alone(self) -> Iterator[None]:
        """Turns whatever the trainer raises into the failure of this run."""
        try:
            yield
        except TrainingDiverged as diverged:
            self._fail(diverged.failure)
        except PackageError as refusal:
            self._fail(RunFailure(self.step_count, "", str(refusal)))
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {error}"
            self._fail(RunFailure(self.step_count, "", reason))

    def _fail(self, failure: RunFailure) -> None:
        self.state, self.failure, self._going = "failed", failure, False
        self.reason = f"failed at step {failure.step}: {failure.reason}"
