"""Named experiments with two models: their knobs, and what they predict for the run.

Every claim is judged on the run that the user watches; its words stand in the table beside this
module. Knows nothing of controls, of addresses or
of the engine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from moeviz.analysis.expectations import (
    Expectation,
    Histories,
    Judgement,
    all_layers_above,
    balanced,
    collapses,
    computed_more_evenly,
    drops_at_least,
    entropy_order,
    loses_share,
    loss_order,
)
from moeviz.config import DENSE_NAMES, ArmConfig, RunConfig, ScheduledChange, dense_baseline
from moeviz.texts import filled, strings


@dataclass(frozen=True, slots=True)
class NamedExperiment:
    """What arms "A" and "B" start with, and what it should lead to.

    Attributes:
        shared: knobs of both arms; those that are left out have their defaults.
        b: knobs of B that replace shared ones.
        schedule: by arm, the change that the run itself makes at a step.
        dense: the dense baseline that trains beside them, as `DENSE_NAMES` has it; "" for none.
    """

    name: str
    title: str
    story: str
    shared: Mapping[str, Any]
    b: Mapping[str, Any]
    expectations: tuple[Expectation, ...]
    schedule: Mapping[str, ScheduledChange] = field(default_factory=dict)
    dense: str = ""

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of its models."""
        return ("A", "B", DENSE_NAMES[self.dense]) if self.dense else ("A", "B")


_EVEN = 0.98
_RESCUE_STEP, _RESCUED_STEP = 300, 600
_LATE_STEP, _LOST = 1500, 0.5
_FIGURES = {
    "even": f"{_EVEN:g}",
    "step": str(_RESCUE_STEP),
    "by": str(_RESCUED_STEP),
    "late": f"{_LATE_STEP:,}",
}
_TEXTS = strings(__file__)


def _said(name: str, key: str) -> str:
    """A text of the experiment with the figures that it names."""
    text: str = _TEXTS[name][key]
    figures = {each: value for each, value in _FIGURES.items() if f"{{{{{each}}}}}" in text}
    return filled(text, f"{name}.{key}", figures)


def _experiment(
    name: str,
    shared: Mapping[str, Any],
    b: Mapping[str, Any],
    *claims: tuple[str, int, Callable[[Histories, int], Judgement]],
    schedule: Mapping[str, ScheduledChange] | None = None,
    dense: str = "",
) -> NamedExperiment:
    """Its words come from the table; a claim is (its key there, by which step, the check)."""
    return NamedExperiment(
        name,
        _said(name, "title"),
        _said(name, "story"),
        shared,
        b,
        tuple(Expectation(_said(name, key), by, check) for key, by, check in claims),
        schedule or {},
        dense,
    )


EXPERIMENTS = (
    _experiment(
        "collapse",
        {"balancer": "none"},
        {"balancer": "switch"},
        ("a_collapses", 200, collapses("A")),
        ("b_balanced", 300, balanced("B")),
        ("b_lower", 600, loss_order("B", "A")),
    ),
    _experiment(
        "rescue",
        {"balancer": "switch", "aux_coefficient": 0.0},
        {"aux_coefficient": 0.0},
        ("a_collapses", _RESCUE_STEP, collapses("A")),
        ("b_collapses", _RESCUE_STEP, collapses("B")),
        ("b_recovers", _RESCUED_STEP, balanced("B")),
        schedule={"B": ScheduledChange(_RESCUE_STEP, {"aux_coefficient": 0.05})},
    ),
    _experiment(
        "too_strong",
        {"balancer": "switch", "aux_coefficient": 0.01},
        {"aux_coefficient": 1.0},
        ("b_even", 400, all_layers_above("B", _EVEN)),
        ("a_lower", 400, loss_order("A", "B")),
    ),
    _experiment(
        "loss_free",
        {"balancer": "switch"},
        {"balancer": "bias_sign"},
        ("b_even", 300, all_layers_above("B", _EVEN)),
    ),
    _experiment(
        "tight_capacity",
        {"balancer": "none"},
        {"capacity_factor": 1.0},
        ("b_collapses", 300, collapses("B")),
        ("b_computed", 300, computed_more_evenly("B")),
        ("b_drops", 300, drops_at_least("B", 0.1)),
    ),
    _experiment(
        "top2",
        {"balancer": "none"},
        {"top_k": 2},
        ("b_even", 200, entropy_order("B", "A")),
        ("b_lower", 400, loss_order("B", "A")),
    ),
    _experiment(
        "matters",
        {"n_experts": 64, "d_expert": 32, "top_k": 2, "n_layers": 1, "balancer": "none"},
        {"balancer": "switch"},
        ("a_collapses", 200, collapses("A")),
        ("b_lower", 600, loss_order("B", "A")),
        ("a_loses", _LATE_STEP, loses_share("A", "B", DENSE_NAMES["active"], _LOST)),
        dense="active",
    ),
)

BY_NAME = {experiment.name: experiment for experiment in EXPERIMENTS}


def experiment_of(config: RunConfig) -> str:
    """The name of the experiment that a run which starts with this config is, or ""."""
    return next((name for name, own in _configs().items() if own == config), "")


@functools.cache
def _configs() -> dict[str, RunConfig]:
    return {each.name: _config(each) for each in EXPERIMENTS}


def _config(experiment: NamedExperiment) -> RunConfig:
    knobs = {"A": experiment.shared, "B": {**experiment.shared, **experiment.b}}
    changes = {name: (change,) for name, change in experiment.schedule.items()}
    arms = [ArmConfig.of(arm, knobs[arm], changes.get(arm, ())) for arm in knobs]
    if experiment.dense:
        arms.append(dense_baseline(arms[0], experiment.dense, DENSE_NAMES[experiment.dense]))
    return RunConfig(tuple(arms))


def verdicts(name: str, histories: Histories) -> list[dict[str, str]]:
    """Each claim of the experiment, its outcome on this run so far, and the evidence.

    Empty without an experiment of that name. Where the run lacks an arm, no claim is judged.

    Args:
        histories: of all arms of the run, also of those without a step; empty before there is one.
    """
    experiment = BY_NAME.get(name)
    if experiment is None:
        return []
    missing = [arm for arm in experiment.arms if histories and arm not in histories]
    return [_judged(each, histories, missing) for each in experiment.expectations]


def _judged(
    expectation: Expectation, histories: Histories, missing: Sequence[str]
) -> dict[str, str]:
    if missing:
        verdict = {"outcome": "not judged", "evidence": f"there is no model {missing[0]}"}
    else:
        verdict = asdict(expectation.verdict(histories))
    return {"claim": expectation.claim, **verdict}
