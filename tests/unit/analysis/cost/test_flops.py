"""FLOPs in numbers and rows are the closed forms' own."""

from __future__ import annotations

from fractions import Fraction

import pytest

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.parts import GroupedQueryAttention
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import operations, percent
from moeviz.analysis.cost.component_rows import component_table
from moeviz.analysis.cost.flops import (
    CONTEXTS,
    capacity_info,
    capacity_rows,
    capacity_slots,
    context_rows,
    flops_info,
    flops_numbers,
    flops_row,
)
from moeviz.routing.capacity import expert_capacity

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def info(context: int = 4096, name: str = "mixtral-8x7b"):
    return flops_info(SKETCHES[name][1].architecture(), context, "causal", 10**12)


def test_a_token_is_the_mean_over_its_context_and_its_bar_the_same_by_component():
    found = info()
    exact = forward_flops(MIXTRAL, 4096).per_token
    number = flops_numbers(found)[0]
    assert sum(int(v.replace(",", "")) for *_, v in number.terms) == exact * 4096
    assert flops_row(found).total == exact


def test_a_token_of_a_window_is_a_fraction_and_the_bar_adds_up_to_it():
    """Of 3 positions the last sees 2: 5 pairs, 5/3 a token; nothing of it is rounded."""
    near = GroupedQueryAttention(8, 2, 2, 4, window=2)
    found = flops_info(Architecture(8, 9, (Stack(1, (near,), 0),)), 3, "causal", 10**12)
    assert flops_row(found).parts["attention_products"] == Fraction(2 * 2 * 8 * 5, 3)
    assert flops_row(found).total == found.forward.per_token
    _, lines = component_table((flops_row(found),))
    assert lines[-1] == ["all", f"{float(found.forward.per_token):.6g}"]


def test_the_rule_of_six_breaks_at_long_contexts():
    short, long = info(128), info(131_072)
    assert flops_numbers(short)[2].exact == f"{6 * 12_748_853_248 * 10**12:,} FLOPs"
    assert short.rule.ratio < 1.01
    assert long.rule.ratio > 2
    assert long.context > long.rule.breaking_context


def test_deepseek_is_past_its_breaking_context_where_its_experiment_says():
    found = info(32_768, "deepseek-v3")
    assert found.rule.breaking_context < 32_768


def test_a_row_tells_the_share_of_attention_in_all():
    """4 · 4096 · 32 products for 2048.5 positions, beside 2 operations a multiplied weight."""
    row = next(row for row in context_rows(info()) if row[0] == "4,096")
    products, weights = 4 * 4096 * 32 * 4097 // 2, 2 * (12_748_853_248 - 65 * 4096)
    assert row[1:3] == [operations(weights), operations(products)]
    assert row[3] == percent(products / (weights + products))
    assert row[3].replace("\u00a0", " ") == "4.04 %"


@pytest.mark.parametrize("factor", [0.01, 0.5, 1.0, 1.1, 1.25])
@pytest.mark.parametrize("routed", [1, 80, 8192])
def test_capacity_slots_are_those_of_the_models_own_capacity(factor, routed):
    assert capacity_slots(MIXTRAL, factor, routed) == expert_capacity(routed, 8, 2, factor)


def test_a_factor_above_one_pads_and_one_below_drops():
    more, fewer = (capacity_info(MIXTRAL, factor, 8192) for factor in (1.25, 0.5))
    assert more.padding_fraction == Fraction(1, 5)
    assert fewer.dropped_fraction == Fraction(1, 2)
    asked, executed, useful = (row.total for row in capacity_rows(more))
    assert asked == useful < executed


def test_the_rows_are_those_of_every_context():
    assert len(context_rows(info())) == len(CONTEXTS)
