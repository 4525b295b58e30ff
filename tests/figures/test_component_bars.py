"""Bars say what is counted: every part, exact in the table, whole in the title."""

from __future__ import annotations

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.figures.component_bars import (
    COMPONENT_COLOURS,
    ComponentRow,
    component_bars,
    component_table,
)
from moeviz.figures.palette import contrast
from moeviz.figures.total_vs_active import (
    bargain_info,
    bargain_numbers,
    bargain_rows,
    growth_in_words,
    name_in_words,
)
from moeviz.figures.units import count

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()
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


def test_the_table_has_every_number_in_full():
    header, lines = component_table(ROWS)
    assert header == ["Component", "Stored", "Met"]
    assert lines[-1] == ["all", "100", "15"]
    assert lines[0] == ["embedding", "10", "10"]


def test_nothing_to_draw_is_an_empty_picture():
    assert component_bars((), "parameters", count)["data"] == []


def test_what_is_kept_free_is_not_taken_for_an_embedding():
    row = ComponentRow("Held", {"embedding": 10, "reserved": 5}, "10")
    marks = [each["marker"] for each in component_bars((row,), "bytes", count)["data"]]
    assert [mark["pattern"].get("shape") for mark in marks] == [None, "/"]


def test_white_words_can_be_read_on_every_component():
    assert all(contrast(colour, "#FFFFFF") >= 3 for colour in COMPONENT_COLOURS.values())


def test_the_numbers_of_the_bargain_are_the_sums_of_their_summands():
    info = bargain_info(MIXTRAL, "Mixtral", MIXTRAL, 64)
    total, active, flops, _ = bargain_numbers(info, 64)
    for number, scale in ((total, 1), (active, 1), (flops, 64)):
        summed = sum(int(value.replace(",", "")) for *_, value in number.terms)
        assert summed == round(float(number.exact.replace(",", "")) * scale)
    assert total.change == "as Mixtral"
    assert total.exact == "46,702,792,704"


def test_more_experts_and_fewer_choices_move_in_opposite_directions():
    other = SKETCHES["mixtral-8x7b"][1]
    changed = type(other)(n_experts=16, top_k=1).architecture()
    info = bargain_info(changed, "Mixtral", MIXTRAL, 64)
    total, active, flops, _ = bargain_numbers(info, 64)
    assert total.change.startswith("▲")
    assert active.change.startswith("▼")
    assert flops.change.startswith("▼")


def test_rows_are_stored_met_and_two_twins():
    info = bargain_info(MIXTRAL, "Mixtral", MIXTRAL, 64)
    rows = bargain_rows(info)
    counted = parameter_count(MIXTRAL)
    assert [rows[0].total, rows[1].total] == [counted.total, counted.active["all"]]
    assert "routed_experts" not in rows[2].parts
    assert "dense_ffn" in rows[3].parts


def test_each_row_tells_its_own_operations():
    """A twin of the same total multiplies nearly all of it: 3.6 times what the model does."""
    rows = bargain_rows(bargain_info(MIXTRAL, "Mixtral", MIXTRAL, 1))
    told = [row.said.replace("\u00a0", " ").partition(", ")[2] for row in rows]
    assert told == ["", "25.5 GFLOP", "25.5 GFLOP", "93.1 GFLOP"]


def test_the_sums_in_words_are_those_of_the_model():
    sums = bargain_info(MIXTRAL, "Mixtral", MIXTRAL, 64).sums
    words = name_in_words(sums).replace("\u00a0", " ")
    assert "1.61 B + 8 · 5.64 B = **46.7 B** stored, not 57.9 B" in words
    assert "×6.45, not ×8" in growth_in_words(sums)
