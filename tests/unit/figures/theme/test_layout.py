"""Axes hold what is drawn, with a tick at every power of ten."""

from __future__ import annotations

import math

import pytest

from moeviz.figures.theme.layout import power_axis
from moeviz.figures.theme.stops import sweep_picture


@pytest.mark.parametrize("values", [[3.0, 4e5], [1.0], [100.0, 100.0], [2e-7, 0.9]])
def test_a_logarithmic_axis_is_never_empty_and_names_every_power_in_it(values):
    axis = power_axis("bytes", values, "{:g}".format)
    low, high = axis["range"]
    assert low < high
    assert all(low <= math.log10(value) <= high for value in values)
    powers = range(low, low + len(axis["tickvals"]))
    assert axis["ticktext"] == [f"{10.0**power:g}" for power in powers]
    assert axis["tickvals"][-1] >= max(values)


@pytest.mark.parametrize("stops", [(1,), (1, 2, 4, 8), tuple(range(1, 100))])
def test_the_labels_of_a_sweep_are_few(stops):
    axis = sweep_picture("k", stops)["xaxis"]
    assert 1 <= len(axis["tickvals"]) < 14
    assert set(axis["tickvals"]) <= set(stops)
    low, high = axis["range"]
    assert low < math.log10(stops[0]) <= math.log10(stops[-1]) < high
