"""A run's title says what it is: its models, or its experiment and what differs from it."""

from __future__ import annotations

import dataclasses
import re

import pytest

from moeviz.analysis.arms import arm_summary
from moeviz.ui.capacity.training import capacity_run_config
from moeviz.ui.inspect.asking import first_run
from moeviz.ui.shared.lab_state import DEFAULT_B, DEFAULT_SHARED, LabState
from moeviz.ui.shared.presets import BY_NAME, PRESETS
from moeviz.ui.shared.run_names import MOST_CHANGES, run_title


def named(**changes: object) -> str:
    return run_title(dataclasses.replace(LabState(), **changes).run_config())


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_presets_run_has_its_title(preset):
    assert run_title(preset.state.run_config()) == preset.title


def test_a_change_that_a_preset_makes_by_itself_does_not_rename_it():
    fired = BY_NAME["rescue"].state.run_config().with_knobs({"aux_coefficient": 0.05}, "B")
    assert run_title(fired) == "Rescue"


def test_what_differs_is_said_once_or_with_its_model():
    shared = {**DEFAULT_SHARED, "seed": 3}
    assert named(shared=shared) == "Collapse: Seed = 3"
    own = named(b_values={**DEFAULT_B, "learning_rate": 0.01})
    assert own == "Collapse: Learning rate = 0.01 in model B"


def test_a_dense_model_beside_the_two_is_said():
    assert named(dense="total") == "Collapse: with Dense (size)"


def test_a_run_of_one_model_is_called_after_what_it_does():
    shared = {**DEFAULT_SHARED, "seed": 3, "capacity_factor": 1.5}
    summary = arm_summary(LabState(shared=shared).run_config().arms[0])
    assert named(arms="a", shared=shared) == f"One model: {summary}, Seed = 3"
    beside = named(arms="a", shared=shared, dense="total")
    assert beside == f"One model and Dense (size): {summary}, Seed = 3"


def test_the_walkthroughs_first_run_is_not_called_after_what_it_lacks():
    title = run_title(first_run())
    assert title == f"One model: {arm_summary(first_run().arms[0])}"
    assert not re.search(r"\bwithout\b|\bno\b|\bnone\b", title)


def test_a_run_of_more_models_is_called_after_what_sets_them_apart():
    config = capacity_run_config(first_run().arms[0])
    assert run_title(config) == "4 models: Capacity factor = 0.5, 1, 1.5, dropless"


def test_a_long_list_of_changes_is_cut_and_counted():
    changed = {"seed": 3, "n_layers": 3, "n_experts": 8, "d_model": 32, "batch_size": 4}
    words = named(shared={**DEFAULT_SHARED, **changed}).removeprefix("Collapse: ").split(", ")
    assert len(words) == MOST_CHANGES + 1
    assert words[-1] == "1 more"


@pytest.mark.parametrize("method", ["none", "switch"])
def test_a_run_that_changes_nothing_by_itself_is_not_named_after_one_that_does(method):
    """Load balancing switched on in A and weighed by nothing is near to *Rescue*, but for that."""
    shared = {**DEFAULT_SHARED, "balancer": "switch", "aux_coefficient": 0.0, "n_experts": 8}
    name = named(shared=shared, b_values={"balancer": method})
    assert "Rescue" not in name
    assert "Experts E = 8" in name


def test_own_text_and_another_schedule_are_said():
    assert named(user_text="some words " * 100) == "Collapse: your text"
    then = dataclasses.replace(BY_NAME["rescue"].state.then, step=77)
    state = dataclasses.replace(BY_NAME["rescue"].state, then=then)
    words = "Rescue: Balance coefficient α = 0.05 from step 77 in model B"
    assert run_title(state.run_config()) == words
    shared = {**state.shared, "n_experts": 8}
    more = run_title(dataclasses.replace(state, shared=shared).run_config())
    assert more == words.replace("Rescue: ", "Rescue: Experts E = 8, ")
