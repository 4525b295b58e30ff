"""Measures that charts can show are columns of the records, and say what a value is of."""

from __future__ import annotations

import pytest

from moeviz.analysis.metrics import METRICS
from moeviz.records import COLUMNS, WINDOW_STEPS
from moeviz.training.measure import LoadWindow
from tests.snapshots import history


def test_every_metric_is_a_column():
    assert set(METRICS) <= set(COLUMNS)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_that_is_per_layer_is_a_column_of_layers(name):
    steps, layers = 2, 3
    shape = (steps, layers) if METRICS[name].per_layer else (steps,)
    assert history(steps, [[0.5, 0.5]] * layers)[name].shape == shape


def test_the_metrics_over_several_steps_are_those_that_are_taken_of_the_window():
    windowed = set(LoadWindow(n_layers=1, n_experts=2).metrics(top_k=[1.0]))
    assert {name: each.steps for name, each in METRICS.items()} == {
        name: WINDOW_STEPS if name in windowed else 1 for name in METRICS
    }
