"""When a run pauses by itself: thresholds and words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.protocol import Until
from moeviz.engine.stopping import StopWatch
from moeviz.records import COLLAPSE_ENTROPY, WINDOW_STEPS, StepSnapshot
from tests.fakes import CountingTrainer

SNAPSHOT = CountingTrainer(RunConfig((ArmConfig.of("A", {}),))).step()["A"]


def snapshot(loss: float = 5.0, entropy: tuple[float, ...] = (1.0, 1.0)) -> StepSnapshot:
    values = np.array(entropy, dtype=np.float32)
    return replace(SNAPSHOT, cross_entropy=loss, normalised_entropy=values)


def test_loss_is_the_mean_of_a_full_window_not_one_lucky_batch() -> None:
    watch = StopWatch({})
    until = Until("loss", 2.0)
    for step in range(1, WINDOW_STEPS):
        watch.observe({"A": snapshot(loss=2.0)})
        assert watch.reason(until, step) == ""
    watch.observe({"A": snapshot(loss=2.1)})
    assert watch.reason(until, WINDOW_STEPS) == ""
    for _ in range(WINDOW_STEPS):
        watch.observe({"A": snapshot(loss=2.0)})
    assert watch.reason(until, 2 * WINDOW_STEPS) != ""


def test_any_arm_may_reach_the_loss() -> None:
    watch = StopWatch({"A": (9.0,) * WINDOW_STEPS, "B": (1.0,) * WINDOW_STEPS})
    assert "model B" in watch.reason(Until("loss", 1.5), 100)


@pytest.mark.parametrize("entropy", [COLLAPSE_ENTROPY, 1.0, np.nan])
def test_a_layer_at_the_threshold_or_without_experts_has_not_collapsed(entropy: float) -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(entropy=(1.0, entropy))})
    assert watch.reason(Until("collapsed"), 84) == ""


def test_collapse_names_step_layer_and_entropy() -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(entropy=(0.52, 1.0))})
    reason = watch.reason(Until("collapsed"), 84)
    assert reason == "collapsed at step 84: layer 0, normalised entropy 0.52"


def test_collapse_of_one_of_two_arms_names_the_arm() -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(), "B": snapshot(entropy=(1.0, 0.1))})
    assert "model B, layer 1" in watch.reason(Until("collapsed"), 84)


def test_no_collapse_is_called_before_the_window_is_full() -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(entropy=(0.1, 0.1))})
    assert watch.reason(Until("collapsed"), WINDOW_STEPS - 1) == ""
    assert watch.reason(Until("collapsed"), WINDOW_STEPS) != ""


def test_a_step_is_reached_not_approached() -> None:
    watch = StopWatch({})
    assert watch.reason(Until("step", 300), 299) == ""
    assert watch.reason(Until("step", 300), 300) == "reached step 300"
