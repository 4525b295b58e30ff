"""The roofline of a decoding step against enumeration, simulation and figures worked out apart."""

from __future__ import annotations

import dataclasses
import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.decode import Serving, compute_bound_batch, decode_step, dense_equivalent
from moeviz.accounting.distinct import distinct_experts, distinct_ranks
from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention
from moeviz.accounting.precision import PRECISIONS, total_bytes
from moeviz.config import ConfigError
from tests.architectures import DEEPSEEK_V3, GPT_OSS_120B, MIXTRAL_8X7B, architectures

H100 = HARDWARE["H100 SXM"]
SLOW = Hardware("slow", 1e9, 1e15, 1e12)
MIXTRAL = Serving(MIXTRAL_8X7B, H100)


@pytest.mark.parametrize(
    ("batch", "gigabytes", "milliseconds"),
    [(1, 25.5, 7.6), (4, 64.6, 19.3), (16, 92.2, 27.5), (64, 93.1, 27.8)],
)
def test_mixtral_reads_and_waits_as_worked_out_in_the_facts(batch, gigabytes, milliseconds):
    step = decode_step(MIXTRAL, batch)
    weights = step.resident_bytes + step.expert_bytes
    assert round(weights / 1e9, 1) == gigabytes
    assert round(weights / H100.bytes_per_second * 1e3, 1) == milliseconds
    assert step.bound == "memory"
    assert step.tokens_per_second == batch / step.seconds


def test_four_tokens_of_mixtral_need_more_than_half_of_a_layers_experts():
    [(layers, n_experts, read, size)] = decode_step(MIXTRAL, 4).distinct
    assert (layers, n_experts, size) == (32, 8, 2 * 3 * 4096 * 14336)
    assert round(read, 2) == 5.47


@pytest.mark.parametrize(("n", "k", "batch"), [(4, 2, 3), (5, 1, 4), (3, 3, 2), (6, 2, 2)])
def test_distinct_experts_are_the_mean_over_all_routings(n, k, batch):
    choices = list(itertools.combinations(range(n), k))
    counts = [len(set().union(*each)) for each in itertools.product(choices, repeat=batch)]
    assert distinct_experts(n, k, batch) == pytest.approx(sum(counts) / len(counts), rel=1e-12)


def test_distinct_experts_agree_with_a_simulation_of_deepseek_v3():
    draw = random.Random(0)
    samples = [len({e for _ in range(32) for e in draw.sample(range(256), 8)}) for _ in range(2000)]
    expected = distinct_experts(256, 8, 32)
    assert round(expected, 1) == 163.3
    assert sum(samples) / len(samples) == pytest.approx(expected, abs=0.5)  # 4 standard errors


@pytest.mark.parametrize(("n", "k", "ranks"), [(4, 2, 2), (6, 3, 3), (6, 2, 6), (4, 4, 2)])
def test_distinct_ranks_are_the_mean_over_all_choices(n, k, ranks):
    size = n // ranks
    counts = [len({e // size for e in each}) for each in itertools.combinations(range(n), k)]
    assert distinct_ranks(n, k, ranks) == Fraction(sum(counts), len(counts))


def limited_choices(n, k, groups):
    n_groups, kept = groups
    size = n // n_groups
    for chosen in itertools.combinations(range(n_groups), kept):
        held = [e for e in range(n) if e // size in chosen]
        yield from itertools.combinations(held, k)


@pytest.mark.parametrize(
    ("n", "k", "ranks", "groups"),
    [
        (8, 2, 4, (4, 2)), (8, 3, 2, (4, 2)), (8, 2, 8, (2, 1)), (12, 3, 2, (3, 2)),
        (12, 4, 3, (4, 3)), (12, 2, 4, (6, 1)), (8, 3, 4, (2, 2)), (6, 2, 1, (3, 1)),
    ],
)  # fmt: skip
def test_distinct_ranks_of_limited_groups_are_the_mean_over_all_choices(n, k, ranks, groups):
    """Also where a rank has a part of a group, or of several."""
    size = n // ranks
    counts = [len({e // size for e in each}) for each in limited_choices(n, k, groups)]
    assert distinct_ranks(n, k, ranks, groups) == Fraction(sum(counts), len(counts))


def test_deepseek_v3_keeps_4_of_8_groups_and_is_sent_to_fewer_ranks():
    assert round(float(distinct_ranks(256, 8, 8, (8, 4))), 2) == 3.63
    assert round(float(distinct_ranks(256, 8, 64, (8, 4))), 2) == 7.36
    assert distinct_ranks(256, 8, 64, (8, 8)) == distinct_ranks(256, 8, 64)


def test_distinct_ranks_of_deepseek_v3_without_its_groups():
    assert float(distinct_ranks(256, 8, 8)) == pytest.approx(5.30, abs=0.006)  # 5.2947
    assert round(float(distinct_ranks(256, 8, 64)), 2) == 7.68


@given(architectures(), st.integers(1, 5), st.integers(1, 8))
def test_one_token_reads_the_active_weights_and_many_read_all(architecture, batch, context):
    serving = Serving(architecture, H100, context=context)
    table = 0 if architecture.tied else architecture.vocab_size * architecture.d_model
    rows = 0 if architecture.tied else architecture.d_model
    active = parameter_count(architecture).active["minus_input_embedding"]
    one = decode_step(serving, 1)
    assert one.resident_bytes + one.expert_bytes == pytest.approx(2 * (active + rows), rel=1e-12)
    everything = decode_step(serving, 100_000)
    stored = total_bytes(architecture.weights(), serving.precision)
    assert everything.resident_bytes + everything.expert_bytes == pytest.approx(float(stored))
    assert decode_step(serving, batch).flops == batch * one.flops
    assert one.resident_bytes <= stored - 2 * (table - rows)


def test_measured_experts_take_the_place_of_expected_ones():
    expected, fewer = decode_step(MIXTRAL, 4), decode_step(MIXTRAL, 4, distinct=4.0)
    assert fewer.expert_bytes == 32 * 4 * 2 * 3 * 4096 * 14336
    assert fewer.resident_bytes == expected.resident_bytes
    assert fewer.seconds < expected.seconds


@pytest.mark.parametrize("distinct", [1.9, 8.1, float("nan")])
def test_a_number_that_no_routing_has_is_refused(distinct):
    with pytest.raises(ConfigError, match="distinct must be a number from 2 to 8"):
        decode_step(MIXTRAL, 4, distinct)


@pytest.mark.parametrize("serving", [MIXTRAL, Serving(DEEPSEEK_V3, H100.times(16))])
def test_computing_binds_from_a_batch_on_and_not_one_sequence_before(serving):
    at = compute_bound_batch(serving)
    assert decode_step(serving, at).bound == "compute"
    assert decode_step(serving, at - 1).bound == "memory"


def test_a_long_context_of_full_attention_is_never_bound_by_computing():
    assert compute_bound_batch(dataclasses.replace(MIXTRAL, context=131_072)) is None


def test_slow_arithmetic_binds_at_once():
    assert compute_bound_batch(Serving(MIXTRAL_8X7B, SLOW)) == 1


def test_costs_like_a_13b_only_alone_or_when_computing_binds():
    active = parameter_count(MIXTRAL_8X7B).active["minus_input_embedding"]
    total = parameter_count(MIXTRAL_8X7B).total
    alone, four, many = (
        dense_equivalent(MIXTRAL, decode_step(MIXTRAL, batch)) for batch in (1, 4, 64)
    )
    assert alone == pytest.approx(active, rel=1e-4)
    assert 2.5 * active < four < total
    assert many == pytest.approx(total, rel=0.01)
    at = compute_bound_batch(MIXTRAL)
    large = dense_equivalent(MIXTRAL, decode_step(MIXTRAL, 4 * at))
    assert large == pytest.approx(active, rel=1e-3)


@given(st.sampled_from([H100, SLOW]), st.integers(1, 2000), st.integers(1, 4000))
def test_a_dense_model_is_its_own_equivalent(hardware, batch, context):
    layer = (GroupedQueryAttention(512, 8, 8, 64), DenseFeedForward(512, 2048))
    dense = Architecture(512, 1000, (Stack(4, layer, 0),))
    serving = Serving(dense, hardware, context=context)
    step = decode_step(serving, batch)
    rows = min(batch, 1000) * 512  # the only reading that the equivalent has not
    weights = parameter_count(dense).active["minus_input_embedding"]
    assert dense_equivalent(serving, step) == pytest.approx(weights, abs=rows + 1)


def test_several_accelerators_divide_the_time():
    step, eighth = decode_step(MIXTRAL, 4), decode_step(Serving(MIXTRAL_8X7B, H100.times(8)), 4)
    assert eighth.seconds == pytest.approx(step.seconds / 8)
    assert H100.times(8).memory_bytes == 640e9
    assert H100.times(8).source == H100.source


def test_fewer_bits_read_fewer_bytes_and_compute_the_same():
    wide = decode_step(Serving(GPT_OSS_120B, H100), 8)
    mixed = decode_step(Serving(GPT_OSS_120B, H100, PRECISIONS["gpt-oss"]), 8)
    assert mixed.flops == wide.flops
    assert mixed.resident_bytes == wide.resident_bytes
    assert mixed.expert_bytes < 0.3 * wide.expert_bytes


@pytest.mark.parametrize("field", ["flops_per_second", "bytes_per_second", "memory_bytes"])
@pytest.mark.parametrize("value", [0, -1.0, float("inf"), float("nan"), True, "1"])
def test_hardware_takes_positive_numbers_alone(field, value):
    with pytest.raises(ConfigError, match=f"{field} must be a finite number above 0"):
        Hardware(**{"name": "mine", "flops_per_second": 1, "bytes_per_second": 1, "memory_bytes": 1}
                 | {field: value})  # fmt: skip


@pytest.mark.parametrize("each", HARDWARE.values(), ids=HARDWARE)
def test_every_preset_names_its_source_and_more_operations_than_bytes(each):
    assert "data sheet" in each.source or "white paper" in each.source
    assert 100 < each.flops_per_second / each.bytes_per_second < 600


PRINTED = {
    # name: TFLOP/s, GB/s, GB; then matrix units, operations of one a clock, GHz.
    "A100 80 GB SXM": ((312, 2039, 80), (108, 2048, 1.41)),
    "H100 SXM": ((989, 3350, 80), (132, 4096, 1.83)),
    "H200 SXM": ((989, 4800, 141), (132, 4096, 1.83)),
    "B200 SXM": ((2250, 8000, 180), (148, 8192, 1.86)),
    "L40S": ((362, 864, 48), (142, 1024, 2.52)),
    "RTX 4090": ((165.2, 1008, 24), (128, 512, 2.52)),
    "MI300X": ((1307.4, 5300, 192), (304, 2048, 2.1)),
}
"""As the source of each prints them: 16 bits, dense, sums in 32 bits. The B200's are an eighth of a
HGX B200's: 36 PFLOP/s in 16 bits with sparsity, half of that without; 64 TB/s; 1,440 GB.
"""


@pytest.mark.parametrize("name", HARDWARE)
def test_a_preset_is_what_its_sheet_prints_and_what_its_units_and_clock_come_to(name):
    printed, (units, per_clock, clock) = PRINTED[name]
    each = HARDWARE[name]
    shown = each.flops_per_second / 1e12, each.bytes_per_second / 1e9, each.memory_bytes / 1e9
    assert shown == pytest.approx(printed, rel=1e-12)
    assert units * per_clock * clock / 1e3 == pytest.approx(printed[0], rel=0.015)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: decode_step(MIXTRAL, 0), "batch"),
        (lambda: Serving(MIXTRAL_8X7B, H100, context=0), "context"),
        (lambda: H100.times(0), "count"),
        (lambda: distinct_experts(8, 9, 1), "top_k"),
        (lambda: distinct_experts(8, 2, 0), "n_tokens"),
        (lambda: distinct_ranks(8, 2, 3), "n_ranks"),
        (lambda: distinct_ranks(8, 2, 2, (3, 1)), "n_groups"),
        (lambda: distinct_ranks(8, 3, 2, (4, 1)), "kept_groups"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, named):
    with pytest.raises(ConfigError, match=f"{named} must be"):
        call()
