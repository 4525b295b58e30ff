"""Decoding in numbers, lines and rows: they are the roofline's own."""

from __future__ import annotations

import math

import pytest

from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.memory import serving_fit
from moeviz.accounting.precision import PRECISIONS
from moeviz.accounting.sketch import SKETCHES
from moeviz.figures.decoding_lines import dense_lines, step_lines
from moeviz.figures.decoding_speed import (
    STEP_HEADER,
    fit_words,
    speed_info,
    speed_numbers,
    speed_words,
    step_rows,
)
from moeviz.figures.scales import BATCHES

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def info(batch: int = 1, context: int = 128):
    return speed_info(Serving(MIXTRAL, HARDWARE["H100 SXM"], context=context), batch)


def test_at_batch_one_mixtral_is_as_slow_as_its_active_parameters_say():
    like = {n.label: n.exact for n in speed_numbers(info(1))}["As slow as a dense"]
    assert float(like.replace(",", "")) == pytest.approx(12.75e9, rel=0.01)


def test_at_batch_sixteen_it_is_as_slow_as_all_that_is_stored_and_then_cheap_again():
    assert info(16).step_like_dense > 0.97 * 46.5e9
    late = info(4096)
    assert late.step.bound == "compute"
    assert late.step_like_dense < 14e9


def test_the_bargain_is_back_where_its_experiment_says():
    assert info(2048, 128).step.bound == "compute"


def test_an_unusual_batch_is_a_point_of_the_lines_and_a_row_of_the_table():
    odd = info(100)
    assert [step.batch for step in odd.steps] == sorted({*BATCHES, 100})
    rows = step_rows(odd)
    assert all(len(row) == len(STEP_HEADER) for row in rows)
    assert [value for row in rows for _, value in row[:1]] == sorted({*BATCHES, 100})
    marker = step_lines(odd)["data"][-1]
    assert (marker["x"], marker["y"]) == ([100], [odd.step.seconds])
    assert dense_lines(odd)["data"][-1]["y"] == [odd.step_like_dense]


@pytest.mark.parametrize("batch", [1, 4096, 65_536])
def test_the_batch_that_is_asked_for_lies_in_the_picture(batch):
    for figure in (step_lines(info(batch)), dense_lines(info(batch))):
        low, high = figure["layout"]["xaxis"]["range"]
        assert low < math.log10(batch) < high


def test_lines_are_the_steps_own_times():
    lines = step_lines(info())["data"]
    step = decode_step(info().serving, 64)
    place = BATCHES.index(64)
    assert lines[0]["y"][place] == step.memory_seconds
    assert lines[1]["y"][place] == step.compute_seconds


def test_the_turning_batch_is_marked_where_there_is_one():
    assert any("computing bounds" in a["text"] for a in step_lines(info())["layout"]["annotations"])
    long = info(context=100_000)
    assert long.turning is None
    assert "shapes" not in step_lines(long)["layout"]


def test_bytes_are_the_sum_of_their_summands():
    number = speed_numbers(info(8))[0]
    assert sum(float(v.replace(",", "")) for *_, v in number.terms) == pytest.approx(
        info(8).step.total_bytes, abs=2
    )


def test_a_summand_names_how_many_experts_are_met_of_how_many():
    """8·(1 − 0.75⁴) of 8 experts in each of 32 layers, 3 · 4096 · 14336 weights of 2 bytes each."""
    routed = speed_numbers(info(4))[0].terms[1]
    assert routed == (
        "routed experts", "32 layers · 5.469 of 8 · 352,321,536",
        f"{32 * 8 * (1 - 0.75**4) * 352_321_536:,.0f}",
    )  # fmt: skip


def test_the_words_name_the_batch_at_which_arithmetic_decides_and_what_it_then_costs():
    short = info()
    assert f"From B = {short.turning:,} on arithmetic decides" in speed_words(short)
    for batch, bound in ((short.turning - 1, "memory"), (short.turning, "compute")):
        assert decode_step(short.serving, batch).bound == bound
    assert speed_words(short).replace("\u00a0", " ").endswith("12.7 B again.")


def test_the_words_say_that_no_batch_is_bound_by_arithmetic_where_the_cache_is_long():
    long = info(context=4096)
    assert long.turning is None
    assert "Arithmetic decides at no batch" in speed_words(long)
    far = decode_step(long.serving, 10**7)
    assert far.memory_seconds > far.compute_seconds


def test_the_words_say_where_every_batch_is_bound_by_arithmetic():
    slow = Hardware("slow", 1e9, 1e15, 1e12)
    assert "at every batch" in speed_words(speed_info(Serving(MIXTRAL, slow), 1))


@pytest.mark.parametrize(
    ("held", "twin"), [("bf16", "bf16"), ("int4", "int4"), ("gpt-oss", "bf16")]
)
def test_the_words_name_the_format_of_the_dense_model(held, twin):
    serving = Serving(MIXTRAL, HARDWARE["H100 SXM"], PRECISIONS[held], 128)
    told = speed_info(serving, 1)
    assert f" in {twin}, a batch up to" in speed_words(told)
    (like,) = (each for each in speed_numbers(told) if each.label == "As slow as a dense")
    assert f"Weights in {twin} of a dense model" in like.source


def fitting(devices: int, batch: int, context: int = 4096) -> str:
    one = HARDWARE["H100 SXM"]
    serving = Serving(MIXTRAL, one.times(devices), context=context)
    return fit_words(serving, one, batch).replace("\u00a0", " ")


def test_weights_that_do_not_fit_are_told_with_what_would_hold_them():
    told = fitting(1, 1)
    assert told.startswith("**The weights do not fit**: with the cache of one sequence they are 93")
    assert "H100 SXM has 80.0 GB, 10.0 % of it kept free. 2 would hold them." in told
    assert not fitting(2, 1)


def test_caches_that_do_not_fit_are_told_from_the_batch_on_that_memory_tells():
    room = serving_fit(MIXTRAL, HARDWARE["H100 SXM"].times(2), 4096).sequences
    assert not fitting(2, room)
    told = fitting(2, room + 1)
    assert told.startswith(
        f"**The weights fit, the cache does not**: with the caches of {room + 1}"
    )
    assert "3 would hold them" in told
    assert not fitting(3, room + 1)
