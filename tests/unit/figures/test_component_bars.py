"""Bars say what is counted: every part, and the whole in the title."""

from __future__ import annotations

import pytest

from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count, size
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.memory import serving_info, serving_row
from moeviz.figures.component_bars import component_bars
from moeviz.figures.theme.components import component_legend
from moeviz.figures.theme.palette import COMPONENT_COLOURS

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()
HELD = serving_row(serving_info(MIXTRAL, HARDWARE["H100 SXM"], "bf16", "bf16", 4096, 1))
ROWS = (
    ComponentRow("Total", {"embedding": 10, "routed_experts": 90}, "100"),
    ComponentRow("Active", {"embedding": 10, "router": 5}, "15"),
)


def test_every_part_of_every_row_is_drawn():
    figure = component_bars(ROWS, "parameters", count)
    assert {each["name"]: each["x"] for each in figure["data"]} == {
        "embedding": [10, 10], "routed experts": [90, None], "router": [None, 5],
    }  # fmt: skip
    assert figure["layout"]["xaxis"]["range"][1] > 100


def test_a_row_is_titled_by_its_whole_and_only_long_parts_are_named_inside():
    figure = component_bars(ROWS, "parameters", count)
    assert [each["text"] for each in figure["layout"]["annotations"]] == [
        "Total: <b>100</b>", "Active: <b>15</b>",
    ]  # fmt: skip
    named = [text for each in figure["data"] for text in each["text"] if text]
    assert named == ["routed experts 90"]


def test_the_legend_names_every_component_however_thin():
    legend = component_legend((HELD,), size)
    assert len(legend) == len(HELD.parts)
    assert [item.colour for item in legend] == [COMPONENT_COLOURS[name] for name in HELD.parts]
    named = {item.name.replace("\u00a0", " ") for item in legend}
    assert {"router 2.10 MB", "norms 532 kB", "KV cache 537 MB"} <= named
    assert [item.name for item in component_legend(ROWS, count)] == [
        "embedding", "routed experts", "router",
    ]  # fmt: skip


def test_components_of_one_legend_differ_in_their_look():
    looks = [item[1:] for item in component_legend((HELD,), size)]
    assert len(set(looks)) == len(looks)
    model = ("embedding", "attention", "router", "routed_experts", "shared_experts", "dense_ffn")
    model += ("norms", "lm_head", "other", "kv_cache", "state")
    assert len({COMPONENT_COLOURS[name] for name in model}) == len(model)


def test_hovering_a_bar_lists_the_components_that_it_has():
    figure = component_bars(ROWS, "parameters", count)
    assert figure["layout"]["hovermode"] == "y unified"
    assert figure["layout"]["yaxis"]["ticktext"] == ["Total", "Active"]
    texts = [each["customdata"] for each in figure["data"]]
    assert texts == [["10", "10"], ["90", "0"], ["0", "5"]]


def test_nothing_to_draw_is_an_empty_picture():
    assert component_bars((), "parameters", count)["data"] == []


def test_what_is_kept_free_is_not_taken_for_an_embedding():
    row = ComponentRow("Held", {"embedding": 10, "reserved": 5}, "10")
    marks = [each["marker"] for each in component_bars((row,), "bytes", count)["data"]]
    assert [mark["pattern"].get("shape") for mark in marks] == [None, "/"]


def test_a_limit_is_a_line_when_it_lies_in_the_picture():
    rows = (HELD,)
    near = component_bars(rows, "bytes", size, ("memory", 80e9))
    assert near["layout"]["shapes"][0]["x0"] == 80e9
    assert near["layout"]["annotations"][-1]["text"] == "memory"
    far = component_bars(rows, "bytes", size, ("memory", 1e15))["layout"]
    assert "shapes" not in far
    assert far["xaxis"]["range"] == component_bars(rows, "bytes", size)["layout"]["xaxis"]["range"]


@pytest.mark.parametrize(("limit", "side"), [(80e9, "right"), (9e9, "left")])
def test_the_name_of_a_limit_stays_in_the_picture(limit, side):
    figure = component_bars((HELD,), "bytes", size, ("memory", limit))
    assert figure["layout"]["annotations"][-1]["xanchor"] == side
