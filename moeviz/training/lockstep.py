"""Trains the models of a run side by side, one step each in turn, and freezes them as one file.

Knows nothing of processes or of who asks for the steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import safetensors.torch

from moeviz.config import ArmConfig, Arms, ConfigError, RunConfig
from moeviz.data.corpus_hash import corpus_hash
from moeviz.records import StepSnapshot
from moeviz.traces import Question
from moeviz.training.answers import answer
from moeviz.training.arm import ArmTrainer
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Shaped
    from torch import Tensor


class LockstepTrainer:
    """The trainer of a whole run."""

    def __init__(self, config: RunConfig) -> None:
        self._arms = {arm.name: ArmTrainer(arm) for arm in config.arms}
        self._text = corpus_hash(next(iter(self._arms.values())).text_hashes)
        self._other_text_until = 0

    @property
    def config(self) -> RunConfig:
        """With the knobs now in force."""
        return RunConfig(tuple(trainer.arm for trainer in self._arms.values()))

    @property
    def step_count(self) -> int:
        """Steps that all arms have done: when one diverges, those before it are one ahead."""
        return min(trainer.step_count for trainer in self._arms.values())

    @property
    def tokens_per_step(self) -> dict[str, int]:
        """Training tokens of one step, by arm."""
        return {name: trainer.tokens_per_step for name, trainer in self._arms.items()}

    @property
    def remark(self) -> str:
        """What a reader should know of the text that these models were trained on, or ""."""
        if not self._other_text_until:
            return ""
        return (
            f"up to step {self._other_text_until:,} this run was trained on an earlier text; from "
            "there on, text, tokenizer and domains are those of today, so its losses jump"
        )

    def step(self) -> dict[str, StepSnapshot]:
        """One step of every arm; raises TrainingDiverged as soon as one diverges."""
        return {name: trainer.step() for name, trainer in self._arms.items()}

    def set(self, knobs: Mapping[str, Any], arm: Arms = None) -> None:
        """Change live knobs of one arm, some or all; ConfigError changes nothing."""
        for changed in self.config.with_knobs(knobs, arm).named(arm):
            self._arms[changed].set(knobs)

    def state(self) -> bytes:
        """A safetensors file of tensors `arm/model.…`, `arm/optimiser.…`; config as metadata."""
        tensors = {
            f"{name}/{key}": value.contiguous()
            for name, trainer in self._arms.items()
            for key, value in trainer.state().items()
        }
        metadata = {
            "config": json.dumps(self.config.to_json()),
            "step": str(self.step_count),
            "text": self._text,
            "other_text_until": str(self._other_text_until),
        }
        return safetensors.torch.save(tensors, metadata)

    def restore(self, state: bytes) -> None:
        """Go on exactly where `state` was taken, by a trainer of the same arms."""
        metadata = _metadata(state)
        same = metadata.get("text") == self._text
        self._other_text_until = int(metadata["other_text_until" if same else "step"])
        for arm, tensors, step in _arms_of(state):
            self._arms[arm.name].restore(tensors, arm, step)

    def kept_model(self, state: bytes, arm: str) -> Probe:
        """An arm's model as `state` holds it, for questions; no step changes it."""
        trainer = self._arm(arm)
        ((config, tensors, step),) = (each for each in _arms_of(state) if each[0].name == arm)
        return trainer.probe_of(tensors, config, step)

    def answer(self, question: Question, model: Probe | None = None) -> Any:
        """What the arm's model as it is, or a kept one, answers; changes nothing."""
        trainer = self._arm(question.arm)
        return answer(trainer.probe() if model is None else model, question)

    def _arm(self, name: str) -> ArmTrainer:
        if name not in self._arms:
            raise ConfigError("model", name, "one of " + ", ".join(self._arms))
        return self._arms[name]


def _arms_of(state: bytes) -> Iterator[tuple[ArmConfig, dict[str, Shaped[Tensor, ...]], int]]:
    """Each arm of a kept state: its config, its tensors, its step."""
    metadata = _metadata(state)
    tensors = safetensors.torch.load(state)
    for arm in RunConfig.from_json(json.loads(metadata["config"])).arms:
        prefix = f"{arm.name}/"
        part = {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
        yield arm, part, int(metadata["step"])


def _metadata(state: bytes) -> dict[str, str]:
    """The metadata of a safetensors file in memory: its header is 8 bytes of length, then JSON."""
    length = int.from_bytes(state[:8], "little")
    metadata: dict[str, str] = json.loads(state[8 : 8 + length])["__metadata__"]
    return metadata
