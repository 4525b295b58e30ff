"""Data order and optimiser of a run."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.config.group import Validated
from moeviz.config.knob import knob


@dataclass(frozen=True, slots=True)
class TrainConfig(Validated):
    """Data order and optimiser."""

    seed: int = knob(
        "int",
        0,
        "Seed",
        "Determines initial weights, batches and noise. The same seed gives the same run.",
        low=0,
        high=2**31 - 1,
        order=110,
    )
    batch_size: int = knob(
        "int",
        16,
        "Batch size",
        "B, the number of sequences in one training step.",
        low=1,
        high=128,
        steps="doubling",
        url="batch",
    )
    learning_rate: float = knob(
        "float",
        3e-3,
        "Learning rate",
        "Step size of the optimizer, AdamW.",
        live=True,
        low=1e-6,
        high=1.0,
        steps="1-2-5",
        url="lr",
        controls="first",
        order=50,
    )
    user_text: str = knob(
        "text",
        "",
        "Your text",
        "Your own text as one more training domain, in UTF-8.",
        flag="--text",
        controls="none",
    )
