"""The balance measures that a run's charts can show: their names in words and their bounds.

`moeviz.records` declares those of balance; here are also the columns beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.records import MEASURES, WINDOW_STEPS


@dataclass(frozen=True, slots=True)
class Metric:
    """One column of `RunHistory` that is drawn over time.

    Attributes:
        label: the quantity in words, with its unit.
        definition: formula and meaning, one sentence.
        bounds: the axis where it is fixed; None follows the values. "experts": from 0 to E.
        per_layer: whether each routed layer has a value, or the whole model has one.
        steps: the number of last steps that a value is taken over.
    """

    label: str
    definition: str
    bounds: tuple[float, float] | str | None = None
    per_layer: bool = True
    steps: int = 1


METRICS: dict[str, Metric] = {
    each.name: Metric(
        each.label,
        f"{each.definition} {each.at_balance} at an even load. Computed from the mean load over "
        f"the last {WINDOW_STEPS} steps.",
        each.bounds,
        steps=WINDOW_STEPS,
    )
    for each in MEASURES
} | {
    "dropped_fraction": Metric(
        "Dropped share of the assignments",
        f"Assignments that found no capacity slot ÷ all T·k assignments of T tokens to k experts "
        f"each, over the last {WINDOW_STEPS} steps.",
        steps=WINDOW_STEPS,
    ),
    "load_balancing_loss": Metric(
        "Load-balancing loss, unscaled",
        "E · Σ f_i · P_i of the step, over the E experts: f_i is the load of expert i, P_i its "
        "mean router probability. 1 when either is even; E / k when k experts get everything.",
    ),
    "router_z_loss": Metric(
        "Router z-loss, unscaled",
        "Mean over tokens of (ln Σ exp(router logits))². It is large when logits are large.",
    ),
    "auxiliary_loss": Metric(
        "Auxiliary loss, as added to cross-entropy",
        "The weighted sum over layers of the load-balancing loss and the router z-loss.",
        per_layer=False,
    ),
}
