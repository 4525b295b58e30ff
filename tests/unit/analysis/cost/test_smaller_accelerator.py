"""Experts on the host: worked out by hand, and held against public measurements."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.decode import Serving, decode_step
from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.precision import PRECISIONS
from moeviz.accounting.released import released_model
from moeviz.analysis.cost.placement_numbers import llama_cpp, placement_numbers, placement_rows
from moeviz.analysis.cost.smaller_accelerator import (
    Host,
    computed_on_host,
    copied_over_link,
    placed,
    placement,
)
from moeviz.config import ConfigError
from tests.architectures import DEEPSEEK_V3, MIXTRAL_8X7B

HOST = Host(96e9, 80e9, 20e9)
CARD = Hardware("card", 100e12, 1e12, 24e9)
MIXTRAL = Serving(MIXTRAL_8X7B, CARD, context=4096)

EXPERT = 3 * 4096 * 14_336 * 2
"""Bytes of one of Mixtral's experts in 16 bits."""
TABLE = 32_000 * 4096 * 2
OTHERS = 2 * 46_702_792_704 - 32 * 8 * EXPERT - TABLE
CACHE = 2 * 65_536 * 4096


def test_mixtral_on_24_gb_keeps_the_experts_of_its_last_six_layers():
    """(0.9 · 24 GB − 2,949,128,192 − 536,870,912) / 2,818,572,288 = 6.4."""
    found = placement(MIXTRAL, HOST)
    assert (found.n_cpu_moe, found.kept) == (26, tuple(range(26, 32)))
    assert found.moved == tuple(range(26))
    assert found.on_accelerator == 2_949_128_192 + 536_870_912 + 6 * 2_818_572_288
    assert found.on_host == 26 * 2_818_572_288 + 262_144_000
    assert found.fits_accelerator
    assert found.fits_host


def test_the_parts_are_those_worked_out_from_the_sizes():
    found = placed(MIXTRAL, HOST, 1)
    assert (found.other_bytes, found.cache_bytes, found.table_bytes) == (OTHERS, CACHE, TABLE)
    assert (found.kept_bytes, found.moved_bytes) == (31 * 8 * EXPERT, 8 * EXPERT)


def test_a_token_waits_for_the_accelerator_the_host_and_the_link_in_turn():
    """26 layers read 2 experts at 80 GB/s; the rest is read at 1 TB/s; 16 KiB a layer cross."""
    step = computed_on_host(placement(MIXTRAL, HOST))
    host = 26 * 2 * EXPERT / 80e9
    mine = (OTHERS + 2 * 4096 + 6 * 2 * EXPERT + CACHE) / 1e12
    assert step.seconds == pytest.approx(host + mine + 26 * 2 * 4096 * 2 / 20e9, rel=1e-12)
    assert step.seconds == pytest.approx(0.229_009 + 0.007_713_9 + 0.000_021_3, rel=1e-5)


def test_copied_experts_come_at_the_links_rate_or_the_hosts_where_that_is_slower():
    found = placement(MIXTRAL, HOST)
    mine = (OTHERS + 2 * 4096 + 6 * 2 * EXPERT + CACHE) / 1e12
    assert copied_over_link(found).seconds == pytest.approx(26 * 2 * EXPERT / 20e9 + mine)
    fast = dataclasses.replace(found, host=dataclasses.replace(HOST, link_bytes_per_second=1e15))
    assert copied_over_link(fast).seconds == pytest.approx(26 * 2 * EXPERT / 80e9 + mine)


def test_the_accelerator_computes_shared_experts_while_the_host_computes_its_own():
    """DeepSeek-V3's shared expert is as wide as a routed one, of which a token uses 8."""
    serving = Serving(DEEPSEEK_V3, dataclasses.replace(CARD, memory_bytes=48e9))
    found = placed(serving, HOST, 61)
    assert found.moved == tuple(range(3, 61))
    shared = 58 * 3 * 7168 * 2048 * 2 / 1e12
    assert computed_on_host(found).beside_seconds == pytest.approx(shared)


def test_layers_without_experts_count_among_the_first_layers():
    """Of DeepSeek-V3, N = 4 moves the experts of one layer: the first three have none."""
    serving = Serving(DEEPSEEK_V3, CARD)
    assert placed(serving, HOST, 3).moved == ()
    assert placed(serving, HOST, 4).moved == (3,)


def test_experts_in_every_second_layer_move_by_the_layers_number():
    parts = (GroupedQueryAttention(8, 2, 2, 4), DenseFeedForward(8, 16))
    mixed = (GroupedQueryAttention(8, 2, 2, 4), MixtureFeedForward(8, 16, 4, 1))
    stacks = (Stack(2, parts, 0, places=(0, 2)), Stack(2, mixed, 0, places=(1, 3)))
    serving = Serving(Architecture(8, 10, stacks), CARD)
    assert [placed(serving, HOST, n).moved for n in range(5)] == [(), (), (1,), (1,), (1, 3)]


def test_a_model_that_fits_decodes_as_on_the_page_decoding_speed():
    serving = Serving(MIXTRAL_8X7B, HARDWARE["MI300X"], context=4096)
    found = placement(serving, HOST)
    assert (found.n_cpu_moe, found.moved) == (0, ())
    for step in (computed_on_host(found), copied_over_link(found)):
        assert step.seconds == decode_step(serving, 1).seconds


def test_a_slow_peak_bounds_the_accelerators_part():
    """1 GFLOP/s: attention, head and six layers' experts take longer to compute than to read."""
    slow = dataclasses.replace(CARD, flops_per_second=1e9)
    found = placement(dataclasses.replace(MIXTRAL, hardware=slow), HOST)
    flops = decode_step(found.serving, 1).flops - 26 * 2 * 2 * (EXPERT // 2)
    assert computed_on_host(found).accelerator_seconds == pytest.approx(flops / 1e9)


def test_a_tied_embedding_is_the_head_and_stays_on_the_accelerator():
    tied = dataclasses.replace(MIXTRAL_8X7B, tied=True)
    assert placed(Serving(tied, CARD), HOST, 0).table_bytes == 0


def test_what_fits_nowhere_is_said_by_both_memories():
    small = dataclasses.replace(CARD, memory_bytes=2e9)
    found = placement(dataclasses.replace(MIXTRAL, hardware=small), Host(64e9, 80e9, 20e9))
    assert (found.n_cpu_moe, found.fits_accelerator, found.fits_host) == (32, False, False)


def test_a_dense_model_has_nothing_to_move():
    dense = Architecture(8, 9, (Stack(2, (DenseFeedForward(8, 9),), 0),))
    found = placement(Serving(dense, CARD), HOST)
    assert (found.n_cpu_moe, found.kept, found.moved) == (0, (), ())


GPT_OSS = released_model("gpt-oss-120b").architecture()
BLACKWELL = Hardware("RTX 5090", 209.5e12, 1792e9, 32e9)


def test_the_layers_are_those_that_a_public_measurement_found_to_fit():
    """gpt-oss-120b on 32 GB: 22 was the fastest, 20 was already too much for the memory."""
    found = placement(
        Serving(GPT_OSS, BLACKWELL, PRECISIONS["gpt-oss"], 2048), Host(64e9, 102.4e9, 63e9)
    )
    assert 20 < found.n_cpu_moe <= 22


@pytest.mark.parametrize(
    ("n_cpu_moe", "cards", "measured"),
    [
        (22, 1, 41.1),  # a public report: one RTX 5090, 64 GB of DDR5
        (24, 1, 37.9),  # the same
        (3, 2, 108),  # ggml-org/llama.cpp, pull request 15077, a comment: two RTX 5090
    ],
)
def test_no_public_measurement_is_faster_than_the_bound(n_cpu_moe, cards, measured):
    """The memory of such a host reads at most 102.4 GB/s: two channels of DDR5-6400."""
    serving = Serving(GPT_OSS, BLACKWELL.times(cards), PRECISIONS["gpt-oss"], 2048)
    step = computed_on_host(placed(serving, Host(64e9, 102.4e9, 63e9), n_cpu_moe))
    assert measured < step.tokens_per_second < 5 * measured


@pytest.mark.parametrize("n", [-1, 33, True])
def test_layers_that_the_model_has_not_are_refused(n):
    with pytest.raises(ConfigError, match="n_cpu_moe must be a whole number from 0 to 32"):
        placed(MIXTRAL, HOST, n)


@pytest.mark.parametrize("field", ["memory_bytes", "bytes_per_second", "link_bytes_per_second"])
@pytest.mark.parametrize("nonsense", [0, -1, float("nan"), float("inf")])
def test_a_host_with_nonsense_is_refused_by_field_value_and_bound(field, nonsense):
    with pytest.raises(ConfigError, match=f"{field} must be a finite number above 0, got"):
        dataclasses.replace(HOST, **{field: nonsense})


def test_llama_cpp_gets_the_number_of_layers_and_the_context():
    options = llama_cpp(placement(MIXTRAL, HOST))
    assert options == "--n-gpu-layers 999 --n-cpu-moe 26 --ctx-size 4096"


def test_numbers_say_which_layers_stay_and_that_rates_are_bounds():
    kept, accelerator, host, computed, copied = placement_numbers(placement(MIXTRAL, HOST))
    assert kept.shown == "6 of 32"
    assert kept.change == "on the accelerator: layers 26 to 31; on the host: layers 0 to 25"
    assert accelerator.exact == f"{2_949_128_192 + 536_870_912 + 6 * 2_818_572_288:,} bytes"
    assert host.exact == f"{26 * 2_818_572_288 + 262_144_000:,} bytes"
    assert computed.shown == "at most 4.22"
    assert copied.shown.startswith("at most 1.0")


def test_the_summands_of_a_rate_add_up_to_its_time():
    *_, computed, copied = placement_numbers(placed(Serving(DEEPSEEK_V3, CARD), HOST, 61))
    for each in (computed, copied):
        *parts, whole = [float(value.removesuffix(" s")) for *_, value in each.terms]
        assert sum(parts) == pytest.approx(whole, rel=1e-4)


def test_bars_hold_what_lies_in_each_memory():
    found = placement(MIXTRAL, HOST)
    mine, hosts = placement_rows(found)
    assert mine.total == found.on_accelerator + Fraction(24 * 10**9, 10)
    assert hosts.total == found.on_host
