"""The charts of a run show its numbers and never raise."""

from __future__ import annotations

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from moeviz.analysis.metrics import METRICS
from moeviz.analysis.run_charts import compared_runs, run_charts_info
from moeviz.figures.run_charts import (
    LABEL_HEIGHT,
    ROW_HEIGHTS,
    run_charts,
)
from moeviz.records import COLUMNS, KnobMark, RunHistory, StepSnapshot
from tests.made_up_histories import made_up_history


def test_marks_stand_before_the_first_step_with_the_new_value():
    info = run_charts_info({"A": made_up_history(9)}, [KnobMark(5, "A", {"top_k": 2})])
    (line,) = run_charts(info)["layout"]["shapes"]
    assert 4 < line["x0"] == line["x1"] < 5


def empty_run() -> RunHistory:
    return RunHistory.of([])


def one_step() -> RunHistory:
    layers = dict.fromkeys(COLUMNS, np.zeros(2)) | dict.fromkeys(
        (name for name in COLUMNS if name.endswith(("load", "prob"))), np.full((2, 4), 0.25)
    )
    alone = {"step": 1, "cross_entropy": 6.2, "auxiliary_loss": 0.0}
    return RunHistory.of([StepSnapshot(**{**layers, **alone})])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    "histories",
    [{}, {"A": empty_run()}, {"A": one_step()}, {"A": one_step(), "B": empty_run()}],
    ids=["no arm", "no step", "one step", "one of two"],
)
def test_little_data_gives_a_figure_that_plotly_accepts(histories, metric: str):
    figure = run_charts(run_charts_info(histories, metric=metric, layer=1))
    assert go.Figure(figure).layout.yaxis2.range is not None


def test_diverged_losses_leave_a_gap_and_finite_axes():
    loss = np.array([6.0, 5.0, np.nan, np.inf])
    figure = run_charts(run_charts_info({"A": made_up_history(4, cross_entropy=loss)}))
    assert np.isfinite(figure["layout"]["yaxis"]["range"]).all()
    np.testing.assert_array_equal(figure["data"][0]["y"], [6, 5, np.nan, np.nan])


def test_rows_tell_which_traces_they_hold():
    figure = run_charts(run_charts_info({"A": made_up_history(9), "B": made_up_history(9)}))
    axes = [trace["yaxis"] for trace in figure["data"]]
    rows = figure["layout"]["meta"]["rows"]
    held = [axes[row["first"] : row["first"] + row["count"]] for row in rows]
    assert held == [["y"] * 4, ["y2"] * 2, ["y3"], ["y4"]]


def test_rows_do_not_overlap_and_fill_the_figure():
    rows = run_charts(run_charts_info({"A": made_up_history(9)}))["layout"]["meta"]["rows"]
    edges = [edge for row in rows for edge in (row["top"], row["bottom"])]
    assert edges == sorted(edges, reverse=True)
    assert (edges[0], edges[-1]) == (1, pytest.approx(0))


def test_names_are_text_for_plotly():
    figure = run_charts(run_charts_info({"<b>A</b> & co": made_up_history(3)}))
    drawn = json.dumps([figure["layout"]["annotations"], [t["name"] for t in figure["data"]]])
    assert "<b>" not in drawn
    assert "&lt;b&gt;A&lt;/b&gt; &amp; co" in drawn


def end_labels(figure, axis: str = "") -> dict[str, float]:
    """The labels at the lines' ends, without their colours, by their height in pixels."""
    layout = figure["layout"]
    low, high = layout[f"yaxis{axis}"]["range"]
    bottom, top = layout[f"yaxis{axis}"]["domain"]
    height = (top - bottom) * (layout["height"] - layout["margin"]["t"] - layout["margin"]["b"])
    return {
        re.sub("<.*?>", "", each["text"]): (each["y"] - low) / (high - low) * height
        for each in layout["annotations"]
        if each.get("yref") == f"y{axis}"
    }


def assert_apart_and_inside(labels: dict[str, float], height: float) -> None:
    places = sorted(labels.values())
    assert np.diff(places).min() >= LABEL_HEIGHT * 0.99
    assert -1e-6 <= places[0] <= places[-1] <= height + 1e-6


@pytest.mark.parametrize("runs", [1, 6])
def test_end_labels_of_equal_lines_do_not_overlap_and_stay_in_their_row(runs: int):
    arms = {name: made_up_history(9) for name in ("A", "B", "Dense (FLOPs)")}
    figure = run_charts(compared_runs({str(run): arms for run in range(runs)}))
    for axis in ("", "2"):
        labels = end_labels(figure, axis)
        assert len(labels) == 3 * runs
        assert_apart_and_inside(labels, max(130, LABEL_HEIGHT * len(labels)))


def test_split_by_domains_each_domain_is_labelled_once_with_the_span_of_its_arms():
    domains = ["python", "english", "arithmetic", "json", "french", "c++", "yours"]
    losses = np.full((9, len(domains)), 4.0)
    arms = {
        name: made_up_history(
            9, domain_cross_entropy=losses + i / 4, held_out_cross_entropy=losses + np.nan
        )
        for i, name in enumerate(("A", "B", "Dense (FLOPs)"))
    }
    labels = end_labels(run_charts(run_charts_info(arms, domains=domains)))
    assert set(labels) == {"A  B  Dense (FLOPs)", *[f"{domain} 4–4.5" for domain in domains]}
    assert max(labels, key=labels.get) == "A  B  Dense (FLOPs)"
    assert_apart_and_inside(labels, ROW_HEIGHTS["cross_entropy"])


@pytest.mark.parametrize("arms", ["A", "AB"])
@pytest.mark.parametrize("experts", [2, 5, 8, 16, 64])
def test_the_ribbons_labels_keep_a_line_of_text_apart(experts: int, arms: str):
    load = np.full((3, 2, experts), 1 / experts)
    layout = run_charts(run_charts_info({a: made_up_history(3, expert_load=load) for a in arms}))[
        "layout"
    ]
    scale = layout["coloraxis"]
    bar = scale["colorbar"]
    ticks = np.sort(bar["tickvals"]) / scale["cmax"] * bar["len"]
    assert np.diff(ticks).min() >= LABEL_HEIGHT
    rows = np.array(layout["yaxis3"]["tickvals"]) / experts * ROW_HEIGHTS["ribbon"]
    assert np.diff(rows).min() >= LABEL_HEIGHT
    assert 100 / experts in bar["tickvals"]


def test_several_runs_are_lines_alone():
    one = {"A": made_up_history(3), "B": made_up_history(5)}
    figure = run_charts(compared_runs({"one": one, "two": {"A": made_up_history(9)}}))
    names = {trace["name"] for trace in figure["data"] if trace["yaxis"] == "y2"}
    assert names == {"one, A", "one, B", "two, A"}
    assert all(trace["type"] == "scatter" for trace in figure["data"])
