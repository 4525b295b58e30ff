"""Total against active parameters: numbers are the sums of their summands, rows are the counts."""

from __future__ import annotations

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.total_vs_active import (
    total_vs_active_info,
    total_vs_active_numbers,
    total_vs_active_rows,
)

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def test_the_numbers_of_total_vs_active_are_the_sums_of_their_summands():
    info = total_vs_active_info(MIXTRAL, "Mixtral", MIXTRAL, 64)
    total, active, flops, _ = total_vs_active_numbers(info, 64)
    for number, scale in ((total, 1), (active, 1), (flops, 64)):
        summed = sum(int(value.replace(",", "")) for *_, value in number.terms)
        assert summed == round(float(number.exact.replace(",", "")) * scale)
    assert total.change == "same as Mixtral"
    assert total.exact == "46,702,792,704"


def test_more_experts_and_fewer_choices_move_in_opposite_directions():
    other = SKETCHES["mixtral-8x7b"][1]
    changed = type(other)(n_experts=16, top_k=1).architecture()
    info = total_vs_active_info(changed, "Mixtral", MIXTRAL, 64)
    total, active, flops, _ = total_vs_active_numbers(info, 64)
    assert total.change.startswith("+")
    assert active.change.startswith("-")
    assert flops.change.startswith("-")


def test_rows_are_total_active_and_two_dense_models():
    info = total_vs_active_info(MIXTRAL, "Mixtral", MIXTRAL, 64)
    rows = total_vs_active_rows(info)
    counted = parameter_count(MIXTRAL)
    assert [rows[0].total, rows[1].total] == [counted.total, counted.active["all"]]
    assert "routed_experts" not in rows[2].parts
    assert "dense_ffn" in rows[3].parts


def test_each_row_tells_its_own_operations():
    """A dense model of the same total multiplies nearly all of it: 3.6 times the FLOPs."""
    rows = total_vs_active_rows(total_vs_active_info(MIXTRAL, "Mixtral", MIXTRAL, 1))
    told = [row.said.replace("\u00a0", " ").partition(", ")[2] for row in rows]
    assert told == ["", *(f"{n} GFLOP per token" for n in (25.5, 25.5, 93.1))]
