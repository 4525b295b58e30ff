"""Bars say what is counted: every part, and the whole in the title."""

from __future__ import annotations

import pytest

from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count, size
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.memory import serving_info, serving_row
from moeviz.figures.component_bars import component_bars

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()
HELD = serving_row(serving_info(MIXTRAL, HARDWARE["H100 SXM"], "bf16", "bf16", 4096, 1))
ROWS = (
    ComponentRow("Stored", {"embedding": 10, "routed_experts": 90}, "100"),
    ComponentRow("Met", {"embedding": 10, "router": 5}, "15"),
)


def test_every_part_of_every_row_is_drawn():
    figure = component_bars(ROWS, "parameters", count)
    assert {each["name"]: each["x"] for each in figure["data"]} == {
        "embedding": [10, 10], "routed experts": [90, 0], "router": [0, 5],
    }  # fmt: skip
    assert figure["layout"]["xaxis"]["range"][1] > 100


def test_a_row_is_titled_by_its_whole_and_only_long_parts_are_named_inside():
    figure = component_bars(ROWS, "parameters", count)
    assert [each["text"] for each in figure["layout"]["annotations"]] == [
        "Stored: <b>100</b>", "Met: <b>15</b>",
    ]  # fmt: skip
    named = [text for each in figure["data"] for text in each["text"] if text]
    assert named == ["routed experts 90"]


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
