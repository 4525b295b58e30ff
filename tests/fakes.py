"""Stand-ins for what is slow or large. A fake here obeys the same protocol as the real thing."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from moeviz.config import ArmConfig, Arms, ConfigError, RunConfig
from moeviz.records import RunFailure, StepSnapshot, TrainingDiverged
from moeviz.traces import ContinuationQuestion, Continuations, Question

DIVERGES_AT_RATE = 1.0
"""A step at this learning rate diverges."""

REFUSED_SEED, DEADLY_SEED = 13, 14
"""Seeds that make construction raise, and that kill the process at step DEADLY_STEP."""

DEADLY_STEP = 7

DEADLY_ARM = "deadly"
"""A question to this arm kills the process."""

SLOW_STEP_S = 0.01
"""A step of SlowTrainer: all 20,000 of a run take longer than a test may."""


class CountingTrainer:
    """Counts instead of learning: deterministic, quick, and every record depends on every knob."""

    def __init__(self, config: RunConfig) -> None:
        if config.arms[0].train.seed == REFUSED_SEED:
            raise ValueError("this seed brings bad luck")
        self.config = config
        self.step_count = 0
        self._sums = {arm.name: float(arm.train.seed) for arm in config.arms}

    @property
    def tokens_per_step(self) -> dict[str, int]:
        return {a.name: a.train.batch_size * a.model.context_length for a in self.config.arms}

    def set(self, knobs: Mapping[str, Any], arm: Arms = None) -> None:
        self.config = self.config.with_knobs(knobs, arm)

    def step(self) -> dict[str, StepSnapshot]:
        step = self.step_count + 1
        for arm in self.config.arms:
            for change in arm.schedule:
                if change.step == step:
                    self.set(change.knobs, arm.name)
        for arm in self.config.arms:
            self._check(arm, step)
        self.step_count = step
        return {arm.name: self._advance(arm, step) for arm in self.config.arms}

    def _check(self, arm: ArmConfig, step: int) -> None:
        if arm.train.learning_rate == DIVERGES_AT_RATE:
            raise TrainingDiverged(RunFailure(step, arm.name, "the loss is nan"))
        if arm.train.seed == DEADLY_SEED and step == DEADLY_STEP:
            os.abort()

    def _advance(self, arm: ArmConfig, step: int) -> StepSnapshot:
        """The running sum remembers when each knob had which value."""
        knobs = arm.routing.top_k + arm.balance.aux_coefficient + arm.train.learning_rate
        self._sums[arm.name] = 0.99 * self._sums[arm.name] + knobs * (step % 7)
        layers, experts = arm.model.n_layers, 0 if arm.model.is_dense else arm.model.n_experts
        even = np.full((layers, experts), 1 / max(experts, 1))
        entropy = 1.0 if arm.balance.aux_coefficient > 0 else max(0.0, 1 - step / 100)
        per_layer = np.full(layers, self._sums[arm.name])
        return StepSnapshot(
            step=step,
            cross_entropy=6.0 / (1 + 0.01 * step) + 1e-3 * self._sums[arm.name],
            domain_cross_entropy=per_layer,
            held_out_cross_entropy=np.full(layers, np.nan),
            held_out_accuracy=np.full(layers, np.nan),
            expert_load=even,
            processed_load=even,
            mean_router_prob=even,
            window_load=even,
            window_processed_load=even,
            normalised_entropy=np.full(layers, entropy),
            entropy_above_collapse=np.full(layers, entropy),
            effective_experts=np.full(layers, float(experts) ** entropy),
            max_violation=np.full(layers, 2 * (1 - entropy)),
            load_cv=per_layer,
            max_over_mean=per_layer,
            dead_experts=np.zeros(layers),
            dropped_fraction=np.zeros(layers),
            load_balancing_loss=per_layer,
            router_z_loss=per_layer,
            auxiliary_loss=arm.balance.aux_coefficient,
        )

    def state(self) -> bytes:
        tensors = {f"{arm}/sum": np.array([value]) for arm, value in self._sums.items()}
        config = json.dumps(self.config.to_json())
        return save(tensors, {"config": config, "step": str(self.step_count)})

    def kept_model(self, state: bytes, arm: str) -> CountingTrainer:
        kept = CountingTrainer(self.config)
        kept.restore(state)
        return kept

    def answer(self, question: Question, model: CountingTrainer | None = None) -> Any:
        """The step and the sum of the arm that is asked; or what it writes."""
        if question.arm == DEADLY_ARM:
            os.abort()
        if question.arm not in self._sums:
            raise ConfigError("model", question.arm, "one of " + ", ".join(self._sums))
        asked = model or self
        if isinstance(question, ContinuationQuestion):
            k = next(a.routing.top_k for a in asked.config.arms if a.name == question.arm)
            texts = (f"{question.arm}, k = {k}: {prompt}" for prompt in question.prompts)
            return Continuations(asked.step_count, tuple(texts))
        return asked.step_count, asked._sums[question.arm]

    remark = ""

    def restore(self, state: bytes) -> None:
        length = int.from_bytes(state[:8], "little")
        metadata = json.loads(state[8 : 8 + length])["__metadata__"]
        self.config = RunConfig.from_json(json.loads(metadata["config"]))
        self.step_count = int(metadata["step"])
        self._sums = {name.split("/")[0]: float(t[0]) for name, t in load(state).items()}


class StuckTrainer(CountingTrainer):
    """A trainer whose step never ends."""

    def step(self) -> dict[str, StepSnapshot]:
        threading.Event().wait()
        return super().step()


class SlowTrainer(CountingTrainer):
    """Pauses in every step, so that a run is still under way however late a test looks at it."""

    def step(self) -> dict[str, StepSnapshot]:
        threading.Event().wait(SLOW_STEP_S)
        return super().step()


class FakeClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
