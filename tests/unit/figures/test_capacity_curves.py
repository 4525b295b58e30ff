"""Curves over the factor show what was measured."""

from __future__ import annotations

import pytest

from moeviz.analysis.capacity import capacity_curve
from moeviz.figures.capacity_curves import capacity_curves
from tests.made_up_studies import made_up_point
from tests.pictures import checked, words


def test_the_curves_show_what_was_measured_with_its_interval():
    points = [
        made_up_point(b, f, 2.0 + b + (0.0 if f is None else 0.1 * (b + 1)))
        for b in range(3)
        for f in (None, 0.5, 2.0)
    ]
    curve = capacity_curve(points)
    figure = checked(capacity_curves(curve, 0.5))
    dropped, padding, cost = figure["data"]
    assert dropped["x"] == [0.5, 2.0]
    assert dropped["y"] == [25.0, 0.0]
    assert padding["y"] == [0.0, 50.0]
    assert cost["y"] == pytest.approx([0.2, 0.2])
    assert cost["error_y"]["array"] == pytest.approx([p.half_width for p in curve])
    assert figure["layout"]["shapes"][0]["x0"] == 0.5
    assert {"padding", "dropped"} <= set(words(figure))


def test_one_batch_has_no_interval_and_no_batch_no_curve():
    points = [made_up_point(0, None, 2.0), made_up_point(0, 1.0, 2.5)]
    assert checked(capacity_curves(capacity_curve(points), None))["data"][2]["error_y"][
        "array"
    ] == [None]
    assert all(trace["x"] == [] for trace in checked(capacity_curves((), 1.0))["data"])
