"""A run's name says its experiment and what was changed of it."""

from __future__ import annotations

import dataclasses

import pytest

from moeviz.ui.shared.lab_state import DEFAULT_B, DEFAULT_SHARED, LabState
from moeviz.ui.shared.presets import BY_NAME, PRESETS
from moeviz.ui.shared.run_names import MOST_CHANGES, experiment_of


def named(**changes: object) -> str:
    return experiment_of(dataclasses.replace(LabState(), **changes).run_config())


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_presets_run_has_its_title(preset):
    assert experiment_of(preset.state.run_config()) == preset.title


def test_a_change_that_a_preset_makes_by_itself_does_not_rename_it():
    fired = BY_NAME["rescue"].state.run_config().with_knobs({"aux_coefficient": 0.02}, "B")
    assert experiment_of(fired) == "Rescue"


def test_what_was_changed_is_said_once_or_by_arm():
    shared = {**DEFAULT_SHARED, "seed": 3}
    assert named(shared=shared) == "Collapse: Seed = 3"
    assert (
        named(b_values={**DEFAULT_B, "learning_rate": 0.01}) == "Collapse: B: Learning rate = 0.01"
    )


def test_arms_that_are_more_or_fewer_are_said():
    assert named(arms="a") == "Collapse: without B"
    assert named(dense="total") == "Collapse: with Dense (size)"


def test_a_long_list_of_changes_is_cut_and_counted():
    changed = {"seed": 3, "n_layers": 3, "n_experts": 16, "d_model": 32, "batch_size": 4}
    words = named(shared={**DEFAULT_SHARED, **changed}).removeprefix("Collapse: ").split(", ")
    assert len(words) == MOST_CHANGES + 1
    assert words[-1] == "1 more"


@pytest.mark.parametrize("method", ["none", "switch_loss"])
def test_a_run_that_changes_nothing_by_itself_is_not_named_after_one_that_does(method):
    """Load balancing switched on in A and weighed by nothing is near to *Rescue*, but for that."""
    shared = {**DEFAULT_SHARED, "method": "switch_loss", "aux_coefficient": 0.0, "n_experts": 16}
    name = named(shared=shared, b_values={"method": method})
    assert "Rescue" not in name
    assert "Experts E = 16" in name


def test_own_text_and_another_schedule_are_said():
    assert named(user_text="some words " * 100) == "Collapse: your text"
    then = dataclasses.replace(BY_NAME["rescue"].state.then, step=77)
    state = dataclasses.replace(BY_NAME["rescue"].state, then=then)
    words = "Rescue: B: Balance coefficient α = 0.02 from step 77"
    assert experiment_of(state.run_config()) == words
    shared = {**state.shared, "n_experts": 16}
    more = experiment_of(dataclasses.replace(state, shared=shared).run_config())
    assert more == words.replace("Rescue: ", "Rescue: Experts E = 16, ")
