"""A run of `HandEngine`, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moeviz.config import RunConfig
from moeviz.engine.protocol import Origin, RunStatus, RunSummary, Until
from moeviz.engine.settled import Settled
from moeviz.records import KnobMark, RunFailure, RunState, StepSnapshot


@dataclass
class HandRun:
    """A run and everything that a page may ask of it. `placed`: not only prepared. `begun`: it was
    asked to make a step.

    Its trainer is made once something is asked of it: that of a prepared run, as a rule, never.
    """

    owner: str
    created_unix_s: float
    make_trainer: Callable[[RunConfig], Any]
    started: RunConfig
    kept: dict[int, bytes] = field(default_factory=dict)
    state: RunState = "paused"
    snapshots: dict[str, list[StepSnapshot]] = field(default_factory=dict)
    marks: list[KnobMark] = field(default_factory=list)
    notice: str = ""
    failure: RunFailure | None = None
    until: Until | None = None
    placed: bool = False
    begun: bool = False
    origin: Origin | None = None
    revision: int = 0
    settled: Settled = field(default_factory=Settled)
    controllers: set[str] = field(default_factory=set)
    _trainer: Any = None

    @property
    def trainer(self) -> Any:
        if self._trainer is None:
            self._trainer = self.make_trainer(self.started)
            self.kept[0] = self._trainer.state()
        return self._trainer

    @property
    def config(self) -> RunConfig:
        """With the knobs now in force."""
        return self.started if self._trainer is None else self._trainer.config

    @property
    def step(self) -> int:
        return 0 if self._trainer is None else self._trainer.step_count

    def give_place(self) -> None:
        """Be more than prepared."""
        self.placed = self.trainer is not None

    def begin_with(self, config: RunConfig) -> None:
        """Start with this config instead."""
        self.started, self._trainer = config, None

    def go_back(self, step: int) -> None:
        """Stand at a kept step again, at rest; what came after is forgotten."""
        self.trainer.restore(self.kept[step])
        self.kept = {kept: state for kept, state in self.kept.items() if kept <= step}
        self.snapshots = {
            name: [each for each in taken if each.step <= step]
            for name, taken in self.snapshots.items()
        }
        self.marks = [mark for mark in self.marks if mark.step <= step]
        self.state, self.failure = "paused", None
        self.revision += 1

    def status(self, run_id: str, models_training: int) -> RunStatus:
        return RunStatus(
            run_id=run_id,
            state=self.state,
            config=self.config,
            started=self.started,
            step=self.step,
            latest={name: each[-1] for name, each in self.snapshots.items() if each},
            tokens_per_s=dict.fromkeys(self.snapshots, 1234.0),
            marks=tuple(self.marks),
            checkpoints=tuple(sorted(self.kept)) if self.placed else (),
            reason=self.failure.reason if self.failure else "",
            notice=self.notice,
            failure=self.failure,
            revision=self.revision,
            settled=self.settled,
            models_training=models_training,
            prepared=not self.placed,
            begun=self.begun or self.step > 0,
            until=self.until,
        )

    def summary(self, run_id: str) -> RunSummary:
        return RunSummary(
            run_id,
            self.state,
            self.created_unix_s,
            self.step,
            tuple(arm.name for arm in self.config.arms),
            {name: each[-1].cross_entropy for name, each in self.snapshots.items() if each},
            self.started,
            self.origin,
            tuple(self.marks),
        )
