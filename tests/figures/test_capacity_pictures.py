"""Pictures of capacity and of conventions: they show the numbers, and never raise."""

from __future__ import annotations

import json
import math

import plotly.graph_objects as go
import pytest

from moeviz.analysis.capacity import capacity_curve
from moeviz.analysis.conventions import capacity_lines, loss_lines
from moeviz.figures import capacity, conventions
from moeviz.figures.capacity import (
    LEAST_CHANGE,
    capacity_curves,
    dependence_lines,
    drop_rate_grid,
    expert_slots_bars,
)
from moeviz.figures.conventions import NO_PUSH, capacity_bars, equal_alphas
from moeviz.figures.palette import expert_colours
from tests.made_up_studies import (
    made_up_batch,
    made_up_conventions,
    made_up_dependence,
    made_up_point,
)


def checked(figure: dict) -> dict:
    """The figure, which Plotly accepts once its tones are colours, and JSON can carry."""
    text = json.dumps(figure, allow_nan=False)
    for tone in ("ink", "muted", "faint", "accent", "paper"):
        text = text.replace(f"tone:{tone}", "#123456")
    assert "tone:" not in text
    plain = json.loads(text)
    plain["layout"].pop("meta", None)
    go.Figure(plain)
    return figure


def words(figure: dict) -> list[str]:
    return [each["text"] for each in figure["layout"].get("annotations", [])]


def test_every_expert_is_a_bar_of_its_colour_with_its_seats_and_those_turned_away():
    batch = made_up_batch(capacity_factor=0.5)
    seats = batch.layers[0]
    figure = checked(expert_slots_bars(seats))
    filled, empty, away = (trace["y"] for trace in figure["data"])
    assert [f + e for f, e in zip(filled, empty, strict=True)] == [seats.expert_capacity] * 4
    asked = (seats.asked_load * seats.kept.size).round().tolist()
    assert [f + a for f, a in zip(filled, away, strict=True)] == asked
    assert figure["data"][0]["marker"]["color"] == list(expert_colours(4))
    assert words(figure) == [f"capacity {seats.expert_capacity}"]
    assert figure["layout"]["shapes"][0]["y0"] == seats.expert_capacity
    assert figure["layout"]["yaxis"]["range"][1] >= max(asked)


def test_a_dropless_layer_has_no_line_of_capacity():
    figure = checked(expert_slots_bars(made_up_batch(capacity_factor=None).layers[0]))
    assert "shapes" not in figure["layout"]
    assert not any(figure["data"][1]["y"] + figure["data"][2]["y"])


@pytest.mark.parametrize("n_experts", [2, 64])
def test_few_and_many_experts_can_be_drawn(n_experts):
    figure = checked(expert_slots_bars(made_up_batch(n_experts=n_experts, top_k=1).layers[0]))
    assert len(figure["data"][0]["x"]) == n_experts


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


def test_the_grid_has_a_row_a_policy_and_one_scale_for_all_grids():
    rates = {"latest": [0.1, 0.3], "random": [0.2, 0.2]}
    figure = checked(drop_rate_grid(rates, ["first", "last"], "By place, %", 0.6))
    (heat,) = figure["data"]
    assert heat["z"] == [[10.0, 30.0], pytest.approx([20.0, 20.0])]
    assert figure["layout"]["coloraxis"]["cmax"] == 60
    assert figure["layout"]["yaxis"]["ticktext"] == ["latest", "random"]
    assert checked(drop_rate_grid({}, [], "", 0.0))["data"] == []


def test_long_names_of_columns_are_written_in_full_and_aslant():
    rates = {"latest": [0.1, 0.3]}
    level = checked(drop_rate_grid(rates, ["python", "german"], "By domain, %", 0.6))["layout"]
    aslant = checked(drop_rate_grid(rates, ["python", "arithmetic"], "By domain, %", 0.6))["layout"]
    assert aslant["xaxis"]["ticktext"] == ["python", "arithmetic"]
    assert (level["xaxis"]["tickangle"], aslant["xaxis"]["tickangle"]) == (0, -35)
    rows = [each["height"] - each["margin"]["b"] for each in (level, aslant)]
    assert rows[0] == rows[1]


def test_a_change_of_nothing_is_drawn_at_the_foot_and_told_as_nothing():
    chosen = made_up_dependence(alone=0.5, leak=0.25)
    figure = checked(dependence_lines(chosen, made_up_dependence(), "capacity 1"))
    names = [trace["name"] for trace in figure["data"]]
    assert names == [
        "dropless, alone", "dropless, second half replaced",
        "capacity 1, alone", "capacity 1, second half replaced",
    ]  # fmt: skip
    alone = figure["data"][2]
    assert alone["y"][:2] == [LEAST_CHANGE, 0.5]
    assert alone["customdata"][0] == 0
    assert figure["layout"]["shapes"][0]["x0"] == 3.5
    assert checked(dependence_lines(None, None, ""))["data"] == []


def test_every_convention_has_a_dot_at_its_alpha_or_says_that_it_pushes_nothing():
    lines = loss_lines(made_up_conventions())
    figure = checked(equal_alphas(lines))
    (dots,) = figure["data"]
    finite = [line.gradient_alpha for line in lines if math.isfinite(line.gradient_alpha)]
    assert dots["x"] == finite
    assert len(words(figure)) == len(lines)
    assert words(figure).count(NO_PUSH) == 1
    low, high = figure["layout"]["xaxis"]["range"]
    assert 10**low < min(finite) < max(finite) < 10**high


def test_every_library_has_a_bar_of_its_seats():
    lines = capacity_lines(made_up_conventions(), 1.0)
    figure = checked(capacity_bars(lines, 1.0))
    assert figure["data"][0]["x"] == [line.per_choice for line in lines]
    assert words(figure)[0] == f"C 25, drops {100 * lines[0].dropped:.1f} %"
    colours = set(figure["data"][0]["marker"]["color"])
    assert colours == {capacity.ACCENT, conventions.DROPPED_COLOUR}
