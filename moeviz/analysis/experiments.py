"""Named experiments with two models: their knobs, and what they predict for the run.

Every claim is judged on the run that the user watches; its words stand in the table beside this
module. Knows nothing of controls, of addresses or
of the engine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
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
    loss_order,
)
from moeviz.config import ArmConfig, RunConfig, ScheduledChange
from moeviz.texts import filled, strings


@dataclass(frozen=True, slots=True)
class NamedExperiment:
    """What arms "A" and "B" start with, and what it should lead to.

    Attributes:
        shared: knobs of both arms; those that are left out have their defaults.
        b: knobs of B that replace shared ones.
        schedule: by arm, the change that the run itself makes at a step.
    """

    name: str
    title: str
    story: str
    shared: Mapping[str, Any]
    b: Mapping[str, Any]
    expectations: tuple[Expectation, ...]
    schedule: Mapping[str, ScheduledChange] = field(default_factory=dict)


_EVEN = 0.98
_RESCUE_STEP, _RESCUED_STEP = 300, 600
_FIGURES = {
    "even": f"{_EVEN:g}",
    "step": str(_RESCUE_STEP),
    "by": str(_RESCUED_STEP),
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
    return RunConfig(tuple(ArmConfig.of(arm, knobs[arm], changes.get(arm, ())) for arm in knobs))


def verdicts(name: str, histories: Histories) -> list[dict[str, str]]:
    """Each claim of the experiment, its outcome on this run so far, and the evidence.

    Empty without an experiment of that name. A claim about an arm that the run lacks is not judged.

    Args:
        histories: of all arms of the run, also of those without a step; empty before there is one.
    """
    experiment = BY_NAME.get(name)
    return [_judged(each, histories) for each in experiment.expectations] if experiment else []


def _judged(expectation: Expectation, histories: Histories) -> dict[str, str]:
    missing = [arm for arm in ("A", "B") if histories and arm not in histories]
    if missing:
        verdict = {"outcome": "not judged", "evidence": f"there is no model {missing[-1]}"}
    else:
        verdict = asdict(expectation.verdict(histories))
    return {"claim": expectation.claim, **verdict}
