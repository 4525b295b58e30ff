"""The balance measures that a run's charts can show: their names in words and their bounds.

Knows how a measure is called and read, not how it is computed (`moeviz.routing`).
"""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.records import DEAD_SHARE, WINDOW_STEPS


@dataclass(frozen=True, slots=True)
class Metric:
    """One column of `RunHistory` that is drawn over time.

    Attributes:
        label: the quantity in words, with its unit.
        definition: formula and meaning, one sentence.
        bounds: the axis where it is fixed; None follows the values. "experts": from 0 to E.
    """

    label: str
    definition: str
    bounds: tuple[float, float] | str | None = None


_WINDOW = f"of the load f over the last {WINDOW_STEPS} steps"

METRICS: dict[str, Metric] = {
    "normalised_entropy": Metric(
        "Normalised entropy of the load",
        f"−Σ f ln f ÷ ln E {_WINDOW}: 1 when all experts get the same, 0 when one gets all.",
        (0.0, 1.0),
    ),
    "max_violation": Metric(
        "MaxVio, how far the fullest expert exceeds its fair share",
        f"max f ÷ (1/E) − 1 {_WINDOW}: 0 when even, E − 1 when one expert gets all.",
    ),
    "load_cv": Metric(
        "Coefficient of variation of the load",
        f"Standard deviation ÷ mean {_WINDOW}: 0 when even, √(E − 1) when one expert gets all.",
    ),
    "max_over_mean": Metric(
        "Largest load ÷ mean load",
        f"max f ÷ (1/E) {_WINDOW}: 1 when even, E when one expert gets all.",
    ),
    "dead_experts": Metric(
        "Dead experts",
        f"Experts that get less than {DEAD_SHARE:.0%} of their fair share 1/E {_WINDOW}.",
        "experts",
    ),
    "dropped_fraction": Metric(
        "Dropped part of the routed slots",
        f"Slots without room in their expert ÷ all T·K slots, over the last {WINDOW_STEPS} steps.",
    ),
    "load_balancing_loss": Metric(
        "Load-balancing loss, unscaled",
        "E · Σ f P of the step, f the load and P the mean router probability: 1 when either is "
        "even, E when one expert gets all.",
    ),
    "router_z_loss": Metric(
        "Router z-loss, unscaled",
        "Mean over tokens of (ln Σ exp router logits)²: large when logits are large.",
    ),
    "auxiliary_loss": Metric(
        "Auxiliary loss, as added to the cross-entropy",
        "The scaled sum over layers of what the balancing method and the z-loss add.",
    ),
}
