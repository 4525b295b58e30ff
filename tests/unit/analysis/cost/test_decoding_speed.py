"""Decoding in numbers and rows: they are the roofline's own."""

from __future__ import annotations

import pytest

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.memory import serving_fit
from moeviz.accounting.sketch import SKETCHES
from moeviz.analysis.cost.decoding_speed import (
    BATCHES,
    shortfall,
    speed_info,
    speed_numbers,
    step_table,
)

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def info(batch: int = 1, context: int = 128):
    return speed_info(Serving(MIXTRAL, HARDWARE["H100 SXM"], context=context), batch)


def test_at_batch_size_one_mixtral_has_the_speed_of_its_active_parameters():
    like = {n.label: n.exact for n in speed_numbers(info(1))}["Same speed as a dense model"]
    assert float(like.replace(",", "")) == pytest.approx(12.75e9, rel=0.01)


def test_at_batch_size_sixteen_it_has_the_speed_of_its_total_and_in_large_batches_not():
    assert info(16).step_like_dense > 0.97 * 46.5e9
    late = info(4096)
    assert late.step.bound == "compute"
    assert late.step_like_dense < 14e9


def test_the_advantage_is_back_where_its_experiment_says():
    assert info(2048, 128).step.bound == "compute"


def test_an_unusual_batch_is_a_step_and_a_row_of_the_table():
    odd = info(100)
    assert [step.batch for step in odd.steps] == sorted({*BATCHES, 100})
    table = step_table(odd)
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)
    assert [row[0].value for row in table.rows] == sorted({*BATCHES, 100})


def test_bytes_are_the_sum_of_their_summands():
    number = speed_numbers(info(8))[0]
    assert sum(float(v.replace(",", "")) for *_, v in number.terms) == pytest.approx(
        info(8).step.total_bytes, abs=2
    )


def test_a_summand_names_the_distinct_experts_and_the_experts_of_a_layer():
    """8·(1 − 0.75⁴) of 8 experts in each of 32 layers, 3 · 4096 · 14336 weights of 2 bytes each."""
    routed = speed_numbers(info(4))[0].terms[1]
    assert routed == (
        "routed experts", "32 layers · 5.469 of 8 experts · 352,321,536 bytes",
        f"{32 * 8 * (1 - 0.75**4) * 352_321_536:,.0f}",
    )  # fmt: skip


def test_the_turning_batch_is_the_first_that_is_compute_bound():
    found = info()
    for batch, bound in ((found.turning - 1, "memory"), (found.turning, "compute")):
        assert decode_step(found.serving, batch).bound == bound
    assert found.turning_like_dense == pytest.approx(12.75e9, rel=0.01)
    assert (info(context=4096).turning, info(context=4096).turning_like_dense) == (None, None)


def test_what_does_not_fit_falls_short_and_enough_accelerators_hold_it():
    one = HARDWARE["H100 SXM"]
    few = shortfall(Serving(MIXTRAL, one, context=4096), one, 1)
    assert few.held == 2 * 46_702_792_704 + 2 * 65_536 * 4096
    assert (few.memory, few.weights_fit, few.enough) == (80e9, False, 2)
    assert shortfall(Serving(MIXTRAL, one.times(2), context=4096), one, 1) is None


def test_caches_fall_short_from_the_batch_on_that_memory_tells():
    one = HARDWARE["H100 SXM"]
    serving = Serving(MIXTRAL, one.times(2), context=4096)
    room = serving_fit(MIXTRAL, one.times(2), 4096).sequences
    assert shortfall(serving, one, room) is None
    more = shortfall(serving, one, room + 1)
    assert (more.weights_fit, more.enough) == (True, 3)


def test_a_figure_of_the_roofline_says_that_it_is_a_bound():
    by_label = {number.label: number for number in speed_numbers(info(8))}
    step = info(8).step
    assert by_label["Tokens per second"].exact == f"at most {8 / step.seconds:,.2f}"
    assert by_label["Time per decode step"].exact == f"at least {step.seconds:.6g} s"
    for label in ("Tokens per second", "Time per decode step"):
        assert by_label[label].shown.startswith(("at most ", "at least "))
    titles = [title for title in step_table(info()).header if "time" in title or "Tokens" in title]
    assert len(titles) == 4
    assert all(title.endswith((", at least", ", at most")) for title in titles)
