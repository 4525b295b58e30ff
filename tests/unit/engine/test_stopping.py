"""When a run pauses by itself: thresholds and words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moeviz.analysis.verdict import COLLAPSED_BELOW
from moeviz.config import ArmConfig, RunConfig
from moeviz.engine.protocol import Until
from moeviz.engine.stopping import StopWatch
from moeviz.records import WINDOW_STEPS, StepSnapshot
from tests.fakes import CountingTrainer

SNAPSHOT = CountingTrainer(RunConfig((ArmConfig.of("A", {}),))).step()["A"]


def snapshot(loss: float = 5.0, h: tuple[float, ...] = (1.0, 1.0), step: int = 84) -> StepSnapshot:
    values = np.array(h, dtype=np.float32)
    return replace(SNAPSHOT, step=step, cross_entropy=loss, entropy_above_collapse=values)


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


@pytest.mark.parametrize("h", [COLLAPSED_BELOW, 1.0, np.nan])
def test_a_layer_at_the_threshold_or_without_a_word_has_not_collapsed(h: float) -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(h=(1.0, h))})
    assert watch.reason(Until("collapsed"), 84) == ""


def test_collapse_names_step_layer_and_entropy() -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(h=(0.52, 1.0))})
    reason = watch.reason(Until("collapsed"), 84)
    assert reason == "collapsed at step 84: layer 0, entropy above collapse 0.52"


def test_collapse_of_one_of_two_arms_names_the_arm() -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(), "B": snapshot(h=(1.0, 0.1))})
    assert "model B, layer 1" in watch.reason(Until("collapsed"), 84)


def test_no_collapse_is_called_before_the_window_is_full() -> None:
    watch = StopWatch({})
    watch.observe({"A": snapshot(h=(0.1, 0.1), step=WINDOW_STEPS - 1)})
    assert watch.reason(Until("collapsed"), WINDOW_STEPS - 1) == ""
    watch.observe({"A": snapshot(h=(0.1, 0.1), step=WINDOW_STEPS)})
    assert watch.reason(Until("collapsed"), WINDOW_STEPS) != ""


def test_a_run_that_is_taken_up_again_keeps_the_word_that_it_had() -> None:
    """At h = 0.62 a layer stays collapsed, and does not become it."""
    between = snapshot(h=(0.62, 1.0))
    for before, collapsed in (("collapsed", True), ("uneven", False)):
        watch = StopWatch({}, {"A": (before, "balanced")})
        watch.observe({"A": between})
        assert bool(watch.reason(Until("collapsed"), 84)) == collapsed


def test_a_step_is_reached_not_approached() -> None:
    watch = StopWatch({})
    assert watch.reason(Until("step", 300), 299) == ""
    assert watch.reason(Until("step", 300), 300) == "reached step 300"
