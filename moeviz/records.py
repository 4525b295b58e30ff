"""What flows between the rooms: read-only numpy records of a run. Knows numpy and nothing else.

Axis letters, one meaning each, everywhere in the project:
    B batch size, S sequence length, T = B·S tokens routed together, D d_model, F d_expert,
    E experts, K experts per token, C expert capacity (never channels), L layers, H heads,
    V vocabulary. An axis that has no letter is named in full: (steps, L, E), (domains,).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

WINDOW_STEPS = 20
"""Steps over which the balance metrics are taken: one batch alone is too noisy to judge by."""

DEAD_SHARE = 0.04
"""An expert is dead below this part of an even share 1/E: below 0.5 % of the load at E = 8."""


def read_only(values: Any, dtype: Any = np.float32) -> NDArray[Any]:
    """A private read-only copy."""
    array = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, eq=False)
class StepSnapshot:
    """What one training step of one arm measured. A dense arm has E = 0.

    Attributes:
        step: steps done, 1 after the first.
        cross_entropy: mean over the batch, nats per token, before the update.
        domain_cross_entropy: (domains,) the same by domain; NaN for one that the batch lacks.
        held_out_cross_entropy: (domains,) on held-out text; NaN on steps that did not evaluate.
        expert_load: (L, E) f_i, expert i's share of the step's T·K assignments, before any drop.
        processed_load: (L, E) the share of the T·K assignments that expert i computed.
        mean_router_prob: (L, E) P_i, the mean router probability of expert i over the T tokens.
        window_load, window_processed_load: (L, E) the two loads, mean over the last WINDOW_STEPS
            steps: what the bars show and the metrics below are taken of.
        normalised_entropy, max_violation, load_cv, max_over_mean: (L,) of window_load.
        entropy_above_collapse: (L,) h = (entropy − ln K)/(ln E − ln K) of window_load, with the K
            of the step: 1 when even, 0 when the same K experts get every token; NaN where K = E.
            Never below 0, also while the window still has steps of an earlier, smaller K.
        effective_experts: (L,) exp(entropy) of window_load: K at total collapse, E when even.
        dead_experts: (L,) experts whose window_load is below DEAD_SHARE of an even share 1/E.
        dropped_fraction: (L,) share of the assignments that were dropped, mean over that window.
        load_balancing_loss: (L,) the Switch loss, unscaled: measured whatever the balancer.
        router_z_loss: (L,) unscaled.
        auxiliary_loss: what was added to the cross-entropy: the scaled sum.
    """

    step: int
    cross_entropy: float
    domain_cross_entropy: FloatArray
    held_out_cross_entropy: FloatArray
    expert_load: FloatArray
    processed_load: FloatArray
    mean_router_prob: FloatArray
    window_load: FloatArray
    window_processed_load: FloatArray
    normalised_entropy: FloatArray
    entropy_above_collapse: FloatArray
    effective_experts: FloatArray
    max_violation: FloatArray
    load_cv: FloatArray
    max_over_mean: FloatArray
    dead_experts: FloatArray
    dropped_fraction: FloatArray
    load_balancing_loss: FloatArray
    router_z_loss: FloatArray
    auxiliary_loss: float

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, each.name, read_only(value))


COLUMNS = tuple(each.name for each in dataclasses.fields(StepSnapshot))


@dataclass(frozen=True, slots=True, eq=False)
class RunHistory:
    """The snapshots of one arm as columns: `history["expert_load"]` is (steps, L, E), read-only."""

    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, snapshots: Sequence[StepSnapshot]) -> Self:
        """Stack snapshots of one arm, in order."""
        return cls(
            {
                name: read_only(
                    [getattr(s, name) for s in snapshots],
                    np.int64 if name == "step" else np.float32,
                )
                for name in COLUMNS
            }
        )

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.columns[column]

    def __len__(self) -> int:
        return len(self.columns["step"])

    def since(self, step: int) -> RunHistory:
        """The part after `step`."""
        start = int(np.searchsorted(self.columns["step"], step, side="right"))
        return RunHistory({name: column[start:] for name, column in self.columns.items()})

    def until(self, step: int) -> RunHistory:
        """The part up to and including `step`."""
        end = int(np.searchsorted(self.columns["step"], step, side="right"))
        return RunHistory({name: column[:end] for name, column in self.columns.items()})


@dataclass(frozen=True, slots=True)
class KnobMark:
    """A knob change: in force from step `step` on, in one arm."""

    step: int
    arm: str
    knobs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run stopped for good, and where."""

    step: int
    arm: str
    reason: str


class TrainingDiverged(ArithmeticError):
    """The loss of an arm is no longer finite; the step was not applied to that arm's weights."""

    def __init__(self, failure: RunFailure) -> None:
        super().__init__(f"model {failure.arm}, step {failure.step}: {failure.reason}")
        self.failure = failure


RunState = Literal["starting", "running", "paused", "finished", "failed", "recovering"]
