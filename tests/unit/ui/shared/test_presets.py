"""An experiment's controls and its run are known for each other."""

from __future__ import annotations

import dataclasses

import pytest

from moeviz.analysis.experiments import experiment_of
from moeviz.config import ArmConfig, RunConfig
from moeviz.ui.shared.presets import PRESETS

EACH = pytest.mark.parametrize("preset", PRESETS, ids=lambda each: each.name)


@EACH
def test_the_run_of_an_experiments_controls_is_that_experiment(preset):
    assert experiment_of(preset.state.run_config()) == preset.name


@EACH
def test_a_run_with_another_knob_or_model_is_no_experiment(preset):
    config = preset.state.run_config()
    dense = ArmConfig.of("Dense", {"dense_width": 64})
    assert experiment_of(config.with_knobs({"learning_rate": 0.001}, "A")) == ""
    assert experiment_of(RunConfig(config.arms[:1])) == ""
    assert experiment_of(RunConfig((*config.arms, dense))) == ""


@EACH
def test_a_run_without_the_experiments_own_change_is_not_it(preset):
    arms = preset.state.run_config().arms
    without = RunConfig(tuple(dataclasses.replace(arm, schedule=()) for arm in arms))
    scheduled = any(arm.schedule for arm in arms)
    assert experiment_of(without) == ("" if scheduled else preset.name)
