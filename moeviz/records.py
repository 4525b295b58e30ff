"""What flows between the rooms: read-only numpy records of a run. Knows numpy and nothing else.

Axis letters, one meaning each, everywhere in the project:
    B batch size, S sequence length, T = B·S tokens routed together, D d_model, F d_expert,
    E experts, K experts per token, C expert capacity (never channels), L layers, H heads,
    V vocabulary. An axis that has no letter is named in full: (steps, L, E), (domains,).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of balance in words, and its two anchors.

    Attributes:
        name: the column of the records, and the function of `moeviz.routing.metrics`.
        label: a term of the glossary.
        formula: LaTeX, in f_i (load), E (experts), K (experts per token).
        at_balance: "0", "1" or "E", its value when every expert gets the same.
        at_collapse: its value when the same K of E experts get every token.
        collapse_formula: the same as LaTeX.
        bounds: the axis where it is fixed; None follows the values. "experts": from 0 to E.
        needs_k: whether it is a function of the load and K, or of the load alone.
    """

    name: str
    label: str
    formula: str
    definition: str
    at_balance: Literal["0", "1", "E"]
    at_collapse: Callable[[int, int], float]
    collapse_formula: str
    bounds: tuple[float, float] | Literal["experts"] | None = None
    needs_k: bool = False

    def even_value(self, n_experts: int) -> float:
        """`at_balance` as a number."""
        return float(n_experts if self.at_balance == "E" else self.at_balance)


def column(*axes: str, **more: Any) -> Any:
    """The declaration of a field of StepSnapshot: the axes of its values at one step."""
    return field(metadata={"axes": axes, **more})


def measure(label: str, formula: str, definition: str, **more: Any) -> Any:
    """The declaration of a measure of balance, which each layer has: all of its `Measure`."""
    about = {"label": label, "formula": formula, "definition": definition, **more}
    return column("L", measure=about)


@dataclass(frozen=True, slots=True, eq=False)
class StepSnapshot:
    """What one training step of one arm measured. A dense arm has E = 0.

    A field is declared once. Charts, exports, the command line, the channel and the limits of a
    server read its axes; a measure of balance says the rest of itself here too.

    Attributes:
        step: steps done, 1 after the first.
        cross_entropy: mean over the batch, nats per token, before the update.
        domain_cross_entropy: (domains,) the same by domain; NaN for one that the batch lacks.
        held_out_cross_entropy: (domains,) on held-out text; NaN on steps that did not evaluate.
        held_out_accuracy: (domains,) of the same pass, the share of the tokens that the model
            guesses right: to which it gives the highest probability.
        expert_load: (L, E) f_i, expert i's share of the step's T·K assignments, before any drop.
        processed_load: (L, E) the share of the T·K assignments that expert i computed.
        mean_router_prob: (L, E) P_i, the mean router probability of expert i over the T tokens.
        window_load, window_processed_load: (L, E) the two loads, mean over the last WINDOW_STEPS
            steps: what the bars show and the metrics below are taken of.
        entropy_above_collapse: (L,) of window_load; NaN where K = E. Never below 0, also while the
            window still has steps of an earlier, smaller K.
        normalised_entropy, effective_experts, max_violation, load_cv, max_over_mean, dead_experts:
            (L,) of window_load.
        dropped_fraction: (L,) share of the assignments that were dropped, mean over that window.
        load_balancing_loss: (L,) the Switch loss, unscaled: measured whatever the balancer.
        router_z_loss: (L,) unscaled.
        auxiliary_loss: what was added to the cross-entropy: the scaled sum.
    """

    step: int = column()
    cross_entropy: float = column()
    domain_cross_entropy: FloatArray = column("domains")
    held_out_cross_entropy: FloatArray = column("domains")
    held_out_accuracy: FloatArray = column("domains")
    expert_load: FloatArray = column("L", "E")
    processed_load: FloatArray = column("L", "E")
    mean_router_prob: FloatArray = column("L", "E")
    window_load: FloatArray = column("L", "E")
    window_processed_load: FloatArray = column("L", "E")
    entropy_above_collapse: FloatArray = measure(
        "Entropy above collapse",
        r"h = \frac{-\sum_i f_i \ln f_i - \ln K}{\ln E - \ln K}",
        "Entropy of the load between its values at total collapse and at an even load. From 0 "
        "to 1 for every k < E; not defined for k = E.",
        at_balance="1",
        at_collapse=lambda n_experts, k: 0.0,
        collapse_formula="0",
        bounds=(0.0, 1.0),
        needs_k=True,
    )
    normalised_entropy: FloatArray = measure(
        "Normalised entropy",
        r"-\frac{1}{\ln E}\sum_i f_i \ln f_i",
        "Entropy of the load ÷ ln E, the largest possible one. From ln k ÷ ln E to 1.",
        at_balance="1",
        at_collapse=lambda n_experts, k: math.log(k) / math.log(n_experts),
        collapse_formula=r"\frac{\ln K}{\ln E}",
        bounds=(0.0, 1.0),
    )
    effective_experts: FloatArray = measure(
        "Effective experts",
        r"\exp\Big(-\sum_i f_i \ln f_i\Big)",
        "The number of equally loaded experts with the same entropy. From k to E.",
        at_balance="E",
        at_collapse=lambda n_experts, k: float(k),
        collapse_formula="K",
        bounds="experts",
    )
    max_violation: FloatArray = measure(
        "MaxVio",
        r"\frac{\max_i f_i - \bar f}{\bar f}",
        "How far the load of the busiest expert is above an even share, in even shares. From 0 to "
        "E/k − 1.",
        at_balance="0",
        at_collapse=lambda n_experts, k: n_experts / k - 1,
        collapse_formula=r"\frac{E}{K} - 1",
    )
    load_cv: FloatArray = measure(
        "Coefficient of variation",
        r"\frac{\operatorname{std}(f)}{\bar f}",
        "Standard deviation of the experts' loads ÷ their mean.",
        at_balance="0",
        at_collapse=lambda n_experts, k: math.sqrt(n_experts / k - 1),
        collapse_formula=r"\sqrt{\frac{E}{K} - 1}",
    )
    max_over_mean: FloatArray = measure(
        "Max ÷ mean load",
        r"\frac{\max_i f_i}{\bar f}",
        "Load of the busiest expert in even shares. A layer waits for its busiest expert.",
        at_balance="1",
        at_collapse=lambda n_experts, k: n_experts / k,
        collapse_formula=r"\frac{E}{K}",
    )
    dead_experts: FloatArray = measure(
        "Dead experts",
        rf"\left|\left\{{ i : f_i < {DEAD_SHARE} / E \right\}}\right|",
        f"Experts that get less than {DEAD_SHARE:.0%} of an even share.",
        at_balance="0",
        at_collapse=lambda n_experts, k: n_experts - k,
        collapse_formula="E - K",
        bounds="experts",
    )
    dropped_fraction: FloatArray = column("L")
    load_balancing_loss: FloatArray = column("L")
    router_z_loss: FloatArray = column("L")
    auxiliary_loss: float = column()

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, each.name, read_only(value))


AXES: Mapping[str, tuple[str, ...]] = {
    each.name: each.metadata["axes"] for each in dataclasses.fields(StepSnapshot)
}
"""The axes that each column of the records has at one step: none, (domains,), (L,) or (L, E)."""

COLUMNS = tuple(AXES)
MEASURES = tuple(
    Measure(each.name, **each.metadata["measure"])
    for each in dataclasses.fields(StepSnapshot)
    if "measure" in each.metadata
)
"""The measures of balance, in the order that the lab lists them."""


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
