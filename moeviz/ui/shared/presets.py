"""The lab's named experiments: each a state, hence a URL, with what to expect of the run.

Every claim is checked on the run that the user watches. Knows nothing of widgets or of the engine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.analysis.expectations import (
    Expectation,
    all_layers_above,
    asked_entropy_below,
    computed_more_evenly,
    drops_at_least,
    entropy_order,
    layer_falls_below,
    loss_order,
)
from moeviz.analysis.narration import BALANCED_ENTROPY
from moeviz.records import COLLAPSE_ENTROPY
from moeviz.ui.shared.lab_state import DEFAULT_SHARED, LabState, Then, same_experiment


@dataclass(frozen=True, slots=True)
class Preset:
    """A named experiment of two arms."""

    name: str
    title: str
    story: str
    state: LabState
    expectations: tuple[Expectation, ...]

    @property
    def query(self) -> dict[str, str]:
        """Its URL parameters: the name stands for the whole state."""
        return {"preset": self.name}


def _state(
    name: str, a: Mapping[str, Any], b: Mapping[str, Any], then: Then | None = None
) -> LabState:
    return LabState(shared={**DEFAULT_SHARED, **a}, b_values=b, then=then, preset=name)


_BALANCED = f"B stays balanced: every layer at {BALANCED_ENTROPY:g} or more"

PRESETS = (
    Preset(
        "collapse",
        "Collapse",
        "A is left alone: one expert per token, no capacity limit, nothing that balances. B is the "
        "same model with the Switch balance loss.",
        _state("collapse", {"method": "none"}, {"method": "switch_loss"}),
        (
            Expectation(
                f"A collapses: a layer falls below {COLLAPSE_ENTROPY:g}",
                200,
                layer_falls_below("A"),
            ),
            Expectation(_BALANCED, 300, all_layers_above("B", BALANCED_ENTROPY)),
            Expectation("Balance pays: B has the lower loss", 600, loss_order("B", "A")),
        ),
    ),
    Preset(
        "rescue",
        "Rescue",
        "Both collapse. At step 300 arm B switches its balance loss on and recovers; A trains "
        "on without one.",
        _state(
            "rescue",
            {"method": "switch_loss", "aux_coefficient": 0.0},
            {"aux_coefficient": 0.0},
            Then(300, "B", "aux_coefficient", 0.02),
        ),
        (
            Expectation("A collapses", 300, layer_falls_below("A")),
            Expectation("B collapses first, like A", 300, layer_falls_below("B")),
            Expectation(
                "B is balanced again by step 600", 600, all_layers_above("B", BALANCED_ENTROPY)
            ),
        ),
    ),
    Preset(
        "too_strong",
        "Too strong",
        "B weighs the balance loss a hundred times more than A. Its load is as even as can be; the "
        "language model pays for it.",
        _state(
            "too_strong",
            {"method": "switch_loss", "aux_coefficient": 0.01},
            {"aux_coefficient": 1.0},
        ),
        (
            Expectation("B is as even as can be", 400, all_layers_above("B", 0.98)),
            Expectation("The price: A has the lower loss", 400, loss_order("A", "B")),
        ),
    ),
    Preset(
        "loss_free",
        "Loss-free bias",
        "A balances by a loss, B by moving each expert's selection bias a small step against its "
        "load: no gradient is involved.",
        _state("loss_free", {"method": "switch_loss"}, {"method": "loss_free_bias"}),
        (Expectation("B is balanced without any loss", 300, all_layers_above("B", 0.98)),),
    ),
    Preset(
        "tight_capacity",
        "Tight capacity hides collapse",
        "Nothing balances either arm, but B's experts have room for their fair share only. What "
        "they compute looks more even than what B's router asks for: the rest is dropped.",
        _state("tight_capacity", {"method": "none"}, {"capacity_factor": 1.0}),
        (
            Expectation(
                f"B's router stays uneven: it asks a layer for less than {BALANCED_ENTROPY:g}",
                300,
                asked_entropy_below("B", BALANCED_ENTROPY),
            ),
            Expectation("What B computes looks more even", 300, computed_more_evenly("B")),
            Expectation("B drops a tenth of a layer or more", 300, drops_at_least("B", 0.1)),
        ),
    ),
    Preset(
        "top2",
        "Top-2 is kinder",
        "Nothing balances either arm. B sends each token to two experts, so that a runner-up keeps "
        "learning.",
        _state("top2", {"method": "none"}, {"top_k": 2}),
        (
            Expectation("B uses its experts more evenly than A", 200, entropy_order("B", "A")),
            Expectation(
                "B has the lower loss, for twice the expert compute", 400, loss_order("B", "A")
            ),
        ),
    ),
)

BY_NAME = {preset.name: preset for preset in PRESETS}


def named(state: LabState) -> LabState:
    """The state under the name of the experiment that it is, if it is one; else without a name."""
    for preset in PRESETS:
        if same_experiment(state, preset.state):
            apart = preset.state.b_values  # also what still has A's value
            return dataclasses.replace(state, preset=preset.name, b_values=apart)
    return dataclasses.replace(state, preset="")
