"""The lab's named experiments: each a state, hence a URL, with what to expect of the run.

Knows nothing of widgets or of the engine.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from moeviz.analysis.expectations import Expectation
from moeviz.analysis.experiments import EXPERIMENTS, NamedExperiment
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


def _state(of: NamedExperiment) -> LabState:
    shared = {**DEFAULT_SHARED, **of.shared}
    changes = [
        Then(change.step, arm, knob, value)
        for arm, change in of.schedule.items()
        for knob, value in change.knobs.items()
    ]
    then = changes[0] if changes else None
    dense = of.dense or "none"
    return LabState(shared=shared, b_values=of.b, dense=dense, then=then, preset=of.name)


PRESETS = tuple(
    Preset(each.name, each.title, each.story, _state(each), each.expectations)
    for each in EXPERIMENTS
)

BY_NAME = {preset.name: preset for preset in PRESETS}


def named(state: LabState) -> LabState:
    """The state under the name of the experiment that it is, if it is one; else without a name."""
    for preset in PRESETS:
        if same_experiment(state, preset.state):
            apart = preset.state.b_values  # also what still has A's value
            return dataclasses.replace(state, preset=preset.name, b_values=apart)
    return dataclasses.replace(state, preset="")
