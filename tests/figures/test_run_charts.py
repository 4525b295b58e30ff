"""The charts of a run: their numbers first, then that the figure shows these and never raises."""

from __future__ import annotations

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from moeviz.figures.compared_runs import compared_runs
from moeviz.figures.metrics import METRICS
from moeviz.figures.run_charts import (
    LABEL_HEIGHT,
    ROW_HEIGHTS,
    run_charts,
    to_html,
)
from moeviz.figures.run_charts_info import run_charts_info
from moeviz.records import COLUMNS, KnobMark, RunHistory, StepSnapshot


def test_every_metric_is_a_column():
    assert set(METRICS) <= set(COLUMNS)


def test_training_cross_entropy_is_the_mean_of_its_block(history):
    info = run_charts_info({"A": history(8)}, max_points=4)
    train = info.cross_entropy[0]
    assert train.steps.tolist() == [1.5, 3.5, 5.5, 7.5]
    assert train.values.tolist() == [1.5, 3.5, 5.5, 7.5]  # cross-entropy equals the step


def test_held_out_cross_entropy_is_the_mean_over_domains_where_it_was_measured(history):
    held_out = np.full((4, 3), np.nan)
    held_out[1], held_out[3] = [1, 2, 6], [2, np.nan, 4]
    line = run_charts_info({"A": history(4, held_out_cross_entropy=held_out)}).cross_entropy[1]
    assert line.held_out
    assert line.steps.tolist() == [2, 4]
    assert line.values.tolist() == [3, 3]


def test_split_by_domains_each_domain_has_its_own_column(history):
    by_domain = np.arange(6.0).reshape(2, 3)
    info = run_charts_info(
        {"A": history(2, domain_cross_entropy=by_domain)}, domains=["python", "prose", "json"]
    )
    train = {line.name: line.values.tolist() for line in info.cross_entropy if not line.held_out}
    assert train == {"A, python": [0, 3], "A, prose": [1, 4], "A, json": [2, 5]}


@pytest.mark.parametrize("metric", [m for m in METRICS if m != "auxiliary_loss"])
def test_balance_is_the_chosen_metric_of_the_chosen_layer(history, metric: str):
    values = np.array([[1.0, 10.0], [2.0, 20.0]])
    info = run_charts_info({"A": history(2, **{metric: values})}, metric=metric, layer=1)
    assert [line.values.tolist() for line in info.balance] == [[10, 20]]


def test_the_ribbon_is_the_mean_load_of_the_layer_expert_by_column(history):
    load = np.zeros((2, 2, 4))
    load[0, 1], load[1, 1] = [1, 0, 0, 0], [0, 0.5, 0.5, 0]
    (ribbon,) = run_charts_info({"A": history(2, expert_load=load)}, layer=1).ribbons
    assert ribbon.load.tolist() == [[1, 0], [0, 0.5], [0, 0.5], [0, 0]]
    assert (ribbon.start, ribbon.stride) == (1, 1)


def test_steps_that_are_missing_leave_a_gap_in_the_ribbon(history):
    whole = history(6)
    keep = [0, 1, 4, 5]
    holed = RunHistory({name: column[keep] for name, column in whole.columns.items()})
    (ribbon,) = run_charts_info({"A": holed}).ribbons
    assert np.isnan(ribbon.load[0]).tolist() == [False, False, True, True, False, False]


def test_a_dense_arm_has_losses_and_no_balance(history):
    empty = {name: np.zeros((3, 2, 0)) for name in ("expert_load", "processed_load")}
    info = run_charts_info({"MoE": history(3), "dense": history(3, **empty)})
    assert {line.name for line in info.balance} == {"MoE"}
    assert [ribbon.name for ribbon in info.ribbons] == ["MoE"]
    assert {line.name for line in info.cross_entropy} >= {"MoE", "dense"}


def test_a_change_of_all_arms_is_marked_once_and_of_one_arm_by_its_name(history):
    marks = [KnobMark(5, "A", {"top_k": 2}), KnobMark(5, "B", {"top_k": 2})]
    marks += [KnobMark(9, "B", {"capacity_factor": None})]
    info = run_charts_info({"A": history(9), "B": history(9)}, marks)
    assert [(mark.step, mark.label) for mark in info.marks] == [
        (5, "Experts per token 2"),
        (9, "B: Capacity factor none (dropless)"),
    ]


def test_marks_stand_before_the_first_step_with_the_new_value(history):
    info = run_charts_info({"A": history(9)}, [KnobMark(5, "A", {"top_k": 2})])
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


def test_diverged_losses_leave_a_gap_and_finite_axes(history):
    loss = np.array([6.0, 5.0, np.nan, np.inf])
    figure = run_charts(run_charts_info({"A": history(4, cross_entropy=loss)}))
    assert np.isfinite(figure["layout"]["yaxis"]["range"]).all()
    np.testing.assert_array_equal(figure["data"][0]["y"], [6, 5, np.nan, np.nan])


def test_rows_tell_which_traces_they_hold(history):
    figure = run_charts(run_charts_info({"A": history(9), "B": history(9)}))
    axes = [trace["yaxis"] for trace in figure["data"]]
    rows = figure["layout"]["meta"]["rows"]
    held = [axes[row["first"] : row["first"] + row["count"]] for row in rows]
    assert held == [["y"] * 4, ["y2"] * 2, ["y3"], ["y4"]]


def test_rows_do_not_overlap_and_fill_the_figure(history):
    rows = run_charts(run_charts_info({"A": history(9)}))["layout"]["meta"]["rows"]
    edges = [edge for row in rows for edge in (row["top"], row["bottom"])]
    assert edges == sorted(edges, reverse=True)
    assert (edges[0], edges[-1]) == (1, pytest.approx(0))


def test_names_are_text_for_plotly(history):
    figure = run_charts(run_charts_info({"<b>A</b> & co": history(3)}))
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
def test_end_labels_of_equal_lines_do_not_overlap_and_stay_in_their_row(history, runs: int):
    arms = {name: history(9) for name in ("A", "B", "Dense (FLOPs)")}
    figure = compared_runs({str(run): arms for run in range(runs)})
    for axis in ("", "2"):
        labels = end_labels(figure, axis)
        assert len(labels) == 3 * runs
        assert_apart_and_inside(labels, max(130, LABEL_HEIGHT * len(labels)))


def test_split_by_domains_each_domain_is_labelled_once_with_the_span_of_its_arms(history):
    domains = ["python", "english", "arithmetic", "json", "french", "german", "yours"]
    losses = np.full((9, len(domains)), 4.0)
    arms = {
        name: history(
            9, domain_cross_entropy=losses + i / 4, held_out_cross_entropy=losses + np.nan
        )
        for i, name in enumerate(("A", "B", "Dense (FLOPs)"))
    }
    labels = end_labels(run_charts(run_charts_info(arms, domains=domains)))
    assert set(labels) == {"A  B  Dense (FLOPs)", *[f"{domain} 4–4.5" for domain in domains]}
    assert max(labels, key=labels.get) == "A  B  Dense (FLOPs)"
    assert_apart_and_inside(labels, ROW_HEIGHTS["cross_entropy"])


def test_several_runs_are_compared_on_the_same_axes(history):
    figure = compared_runs({"one": {"A": history(3), "B": history(5)}, "two": {"A": history(9)}})
    names = {trace["name"] for trace in figure["data"] if trace["yaxis"] == "y2"}
    assert names == {"one, A", "one, B", "two, A"}
    assert all(trace["type"] == "scatter" for trace in figure["data"])


def test_a_line_that_begins_later_has_the_points_of_the_whole_one_from_that_step_on(history):
    runs = {"one": {"A": history(999)}, "two": {"A": history(999)}}
    figure = compared_runs(runs, begin={"one": 700})
    cut, whole = (
        {trace["yaxis"]: trace for trace in figure["data"] if trace["name"] == f"{run}, A"}
        for run in runs
    )
    for axis in ("y", "y2"):
        since = len(whole[axis]["x"]) - len(cut[axis]["x"])
        assert cut[axis]["x"].tolist() == whole[axis]["x"][since:].tolist()
        assert cut[axis]["y"].tolist() == whole[axis]["y"][since:].tolist()
        assert cut[axis]["x"][0] <= 700 < cut[axis]["x"][1]


def test_the_exported_page_needs_no_server(history):
    page = to_html(run_charts(run_charts_info({"A": history(3)})), title="<run>")
    assert "<title>&lt;run&gt;</title>" in page
    assert "<script src=" not in page
    assert "plotly.js v" in page


@pytest.mark.parametrize("arms", ["A", "AB"])
@pytest.mark.parametrize("experts", [2, 5, 8, 16, 64])
def test_the_ribbons_labels_keep_a_line_of_text_apart(history, experts: int, arms: str):
    load = np.full((3, 2, experts), 1 / experts)
    layout = run_charts(run_charts_info({a: history(3, expert_load=load) for a in arms}))["layout"]
    scale = layout["coloraxis"]
    bar = scale["colorbar"]
    ticks = np.sort(bar["tickvals"]) / scale["cmax"] * bar["len"]
    assert np.diff(ticks).min() >= LABEL_HEIGHT
    rows = np.array(layout["yaxis3"]["tickvals"]) / experts * ROW_HEIGHTS["ribbon"]
    assert np.diff(rows).min() >= LABEL_HEIGHT
    assert 100 / experts in bar["tickvals"]
