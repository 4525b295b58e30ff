"""Named experiments of two arms: their knobs, and what to expect of the run.

Every claim is judged on the run that the user watches. Knows nothing of controls, of addresses or
of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from moeviz.analysis.expectations import (
    Expectation,
    Histories,
    all_layers_above,
    asked_entropy_below,
    computed_more_evenly,
    drops_at_least,
    entropy_order,
    layer_falls_below,
    loss_order,
)
from moeviz.analysis.narration import BALANCED_ENTROPY
from moeviz.config import ScheduledChange
from moeviz.records import COLLAPSE_ENTROPY


@dataclass(frozen=True, slots=True)
class NamedExperiment:
    """What arms "A" and "B" start with, and what should come of it.

    Attributes:
        shared: knobs of both arms; those that are left out have their defaults.
        b: knobs of B that replace shared ones.
        schedule: by arm, the change that it makes by itself.
    """

    name: str
    title: str
    story: str
    shared: Mapping[str, Any]
    b: Mapping[str, Any]
    expectations: tuple[Expectation, ...]
    schedule: Mapping[str, ScheduledChange] = field(default_factory=dict)


_BALANCED = f"B stays balanced: every layer at {BALANCED_ENTROPY:g} or more"

EXPERIMENTS = (
    NamedExperiment(
        "collapse",
        "Collapse",
        "A is left alone: one expert per token, no capacity limit, nothing that balances. B is the "
        "same model with the Switch balance loss.",
        shared={"method": "none"},
        b={"method": "switch_loss"},
        expectations=(
            Expectation(
                f"A collapses: a layer falls below {COLLAPSE_ENTROPY:g}",
                200,
                layer_falls_below("A"),
            ),
            Expectation(_BALANCED, 300, all_layers_above("B", BALANCED_ENTROPY)),
            Expectation("Balance pays: B has the lower loss", 600, loss_order("B", "A")),
        ),
    ),
    NamedExperiment(
        "rescue",
        "Rescue",
        "Both collapse. At step 300 model B switches its balance loss on and recovers; A trains "
        "on without one.",
        shared={"method": "switch_loss", "aux_coefficient": 0.0},
        b={"aux_coefficient": 0.0},
        schedule={"B": ScheduledChange(300, {"aux_coefficient": 0.02})},
        expectations=(
            Expectation("A collapses", 300, layer_falls_below("A")),
            Expectation("B collapses first, like A", 300, layer_falls_below("B")),
            Expectation(
                "B is balanced again by step 600", 600, all_layers_above("B", BALANCED_ENTROPY)
            ),
        ),
    ),
    NamedExperiment(
        "too_strong",
        "Too strong",
        "B weighs the balance loss a hundred times more than A. Its load is as even as can be; the "
        "language model pays for it.",
        shared={"method": "switch_loss", "aux_coefficient": 0.01},
        b={"aux_coefficient": 1.0},
        expectations=(
            Expectation("B is as even as can be", 400, all_layers_above("B", 0.98)),
            Expectation("The price: A has the lower loss", 400, loss_order("A", "B")),
        ),
    ),
    NamedExperiment(
        "loss_free",
        "Loss-free bias",
        "A balances by a loss, B by moving each expert's selection bias a small step against its "
        "load: no gradient is involved.",
        shared={"method": "switch_loss"},
        b={"method": "loss_free_bias"},
        expectations=(
            Expectation("B is balanced without any loss", 300, all_layers_above("B", 0.98)),
        ),
    ),
    NamedExperiment(
        "tight_capacity",
        "Tight capacity hides collapse",
        "Nothing balances either model, but B's experts have room for their fair share only. What "
        "they compute looks more even than what B's router asks for: the rest is dropped.",
        shared={"method": "none"},
        b={"capacity_factor": 1.0},
        expectations=(
            Expectation(
                f"B's router stays uneven: it asks a layer for less than {BALANCED_ENTROPY:g}",
                300,
                asked_entropy_below("B", BALANCED_ENTROPY),
            ),
            Expectation("What B computes looks more even", 300, computed_more_evenly("B")),
            Expectation("B drops a tenth of a layer or more", 300, drops_at_least("B", 0.1)),
        ),
    ),
    NamedExperiment(
        "top2",
        "Top-2 is kinder",
        "Nothing balances either model. B sends each token to two experts, so that a runner-up "
        "keeps learning.",
        shared={"method": "none"},
        b={"top_k": 2},
        expectations=(
            Expectation("B uses its experts more evenly than A", 200, entropy_order("B", "A")),
            Expectation(
                "B has the lower loss, for twice the expert compute", 400, loss_order("B", "A")
            ),
        ),
    ),
)

BY_NAME = {experiment.name: experiment for experiment in EXPERIMENTS}


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
