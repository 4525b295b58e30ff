"""Memory in numbers and rows: every part is there, and sums are what is said."""

from __future__ import annotations

from math import ceil

import pytest

from moeviz.accounting.hardware import HARDWARE
from moeviz.accounting.memory import Parallelism, TrainingState, training_memory
from moeviz.accounting.precision import PRECISIONS
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import size
from moeviz.analysis.cost.memory import (
    format_rows,
    serving_info,
    serving_numbers,
    serving_row,
    traffic_numbers,
    training_numbers,
    training_rows,
)

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()
H100 = HARDWARE["H100 SXM"]


def info(precision: str = "bf16", devices: int = 1, sequences: int = 1):
    return serving_info(MIXTRAL, H100.times(devices), precision, "bf16", 4096, sequences)


def test_mixtral_in_16_bits_does_not_fit_one_h100_and_says_by_what():
    weights, cache, memory, fits = serving_numbers(info(), "bf16")
    assert weights.exact == f"{2 * 46_702_792_704:,} bytes"
    assert cache.exact == f"{2 * 65_536 * 4096:,} bytes"
    assert memory.exact == "80,000,000,000 bytes"
    assert (fits.shown, fits.change) == ("none", "the weights do not fit")


def test_what_fits_is_the_room_left_over_the_cache_of_one():
    _, _, _, fits = serving_numbers(info(devices=2), "bf16")
    left = 160 * 10**9 * 9 // 10 - 2 * 46_702_792_704
    assert fits.exact == f"{left // (2 * 65_536 * 4096):,}"
    assert fits.change == "of 4,096 tokens each"


def test_the_bar_holds_weights_cache_and_what_is_kept_free():
    row = serving_row(info(sequences=3))
    assert row.parts["kv_cache"] == 3 * 2 * 65_536 * 4096
    assert row.parts["reserved"] == 8 * 10**9
    assert row.total == 2 * 46_702_792_704 + row.parts["kv_cache"] + row.parts["reserved"]


def test_every_precision_has_a_bar_and_fewer_bits_a_shorter_one():
    rows = {row.title: row.total for row in format_rows(MIXTRAL)}
    assert set(rows) == set(PRECISIONS)
    assert rows["fp32"] == 2 * rows["bf16"] == 4 * 46_702_792_704
    assert rows["int4"] < rows["fp8"] < rows["bf16"]


@pytest.mark.parametrize("parallelism", [Parallelism(), Parallelism(64, 8, 2, 4)])
def test_what_a_rank_keeps_is_the_sum_of_its_bars(parallelism):
    state = TrainingState()
    memory = training_memory(MIXTRAL, parallelism, state)
    rows = training_rows(memory)
    assert {name for row in rows for name in row.parts} == {
        "weights", "gradients", "master weights", "moments",
    }  # fmt: skip
    assert sum(row.total for row in rows) == memory.per_accelerator
    one, whole = training_numbers(memory, parallelism, state, 80 * 10**9)
    assert one.exact.startswith(f"{ceil(memory.per_accelerator):,}"[:9])
    assert whole.exact == f"{18 * 46_702_792_704:,} bytes"


@pytest.mark.parametrize(
    ("bytes_each", "told"),
    [(18, "fits"), (20, "does not fit")],
)
def test_training_fits_where_serving_would_with_a_tenth_kept_free(bytes_each, told):
    """Of 100 bytes a parameter 90 are usable, and 5 copies of 18 are 90."""
    count = 46_702_792_704
    state = TrainingState(weight=5 * bytes_each, gradient=0, master=0, moments=0)
    memory = training_memory(MIXTRAL, Parallelism(), state)
    one, _ = training_numbers(memory, Parallelism(), state, 100 * count)
    assert one.change == told


def test_what_is_sent_at_eight_ranks_and_its_time():
    """4,096 tokens, 2 experts each, 4,096 wide, 32 layers, twice, 2 bytes there and 2 back."""
    sent, time = traffic_numbers(MIXTRAL, 4096, 8, 50e9)
    bytes_ = 4096 * 2 * 4096 * 32 * 2 * 4 * 7 // 8
    assert sent.exact == f"{bytes_:,} bytes"
    assert sent.change.replace("\u00a0", " ") == "940 MB per rank for 4,096 tokens"
    # With each expert on a rank of its own a token has no two experts on one.
    assert "once to each rank sends 7.52 GB." in sent.source.replace("\u00a0", " ")
    assert time.exact == f"at least {bytes_ / 8 / 50e9:.6g} s"
    assert time.change.replace("\u00a0", " ") == "at 50.0 GB/s per rank"


def test_a_kernel_that_sends_once_to_each_rank_sends_less_where_ranks_hold_several_experts():
    """V3 at 8 ranks: 5.2947 of 8 copies, forward and backward like the rest."""
    deepseek = SKETCHES["deepseek-v3"][1].architecture()
    sent, _ = traffic_numbers(deepseek, 1000, 8, 50e9)
    bytes_ = 1000 * 8 * 7168 * 58 * 2 * 4 * 7 // 8
    assert sent.exact == f"{bytes_:,} bytes"
    assert f"once to each rank sends {size(bytes_ * 5.2947 / 8)}." in sent.source
