"""What the engine asks of whatever trains: the trainer's protocol and how one is found by name.

Knows no framework: the real trainer is imported in the worker process alone, tests name a fake.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from moeviz.config import Arms, RunConfig
from moeviz.records import StepSnapshot
from moeviz.traces import Question


class Trainer(Protocol):
    """Trains all arms of a run in lockstep, single-threaded and deterministic."""

    @property
    def config(self) -> RunConfig:
        """The run with the knobs now in force; `step` may change it by the arms' schedules."""

    @property
    def step_count(self) -> int:
        """Steps done: 0 before the first."""

    @property
    def tokens_per_step(self) -> Mapping[str, int]:
        """Training tokens of one step, by arm."""

    @property
    def remark(self) -> str:
        """What a reader should know of what it was restored from, or ""."""

    def step(self) -> Mapping[str, StepSnapshot]:
        """Advance every arm by one step; raises TrainingDiverged when a loss is not finite."""

    def set(self, knobs: Mapping[str, Any], arm: Arms = None) -> None:
        """Change live knobs from the next step on; a value already in force changes nothing."""

    def state(self) -> bytes:
        """A complete safetensors file: weights, optimiser, generators, knobs, step count."""

    def restore(self, state: bytes) -> None:
        """Go on exactly as the trainer that wrote `state` would have.

        Whatever was before is of no account, a restore that raised half-way included.
        """

    def kept_model(self, state: bytes, arm: str) -> Any:
        """An arm's model as `state` kept it, for `answer`; ConfigError when there is no such arm.

        Later steps do not change it.
        """

    def answer(self, question: Question, model: Any = None) -> Any:
        """What the arm's model as it is, or a kept one, answers; changes nothing.

        Raises ConfigError for a question that makes no sense.
        """


TrainerFactory = Callable[[RunConfig], Trainer]


def trainer_factory(name: str) -> TrainerFactory:
    """The factory named "module:attribute"; imports its module."""
    module, _, attribute = name.partition(":")
    factory: TrainerFactory = getattr(importlib.import_module(module), attribute)
    return factory
