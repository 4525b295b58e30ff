"""The dial turns one thing, keeps the other, and says what cannot be turned."""

from __future__ import annotations

from math import comb

import pytest

from moeviz.accounting.sketch import SKETCHES, Sketch
from moeviz.accounting.total_and_active import total_and_active
from moeviz.analysis.cost.granularity import (
    DIALS,
    dial_info,
    dial_numbers,
    dial_table,
    full,
    many,
)
from moeviz.config import ConfigError

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def test_turning_k_keeps_the_total_and_turning_n_keeps_a_slice_met():
    info = dial_info(MIXTRAL, "chosen", 0)
    assert {point.total for point in info.points} == {46_702_792_704}
    assert info.values == (1, 2, 4, 8)
    assert info.point.active == 12_879_925_248
    experts = dial_info(MIXTRAL, "experts", 1024)
    router = (1024 - 8) * 4096 * total_and_active(MIXTRAL).n_moe_layers
    assert experts.point.active == 12_879_925_248 + router


def test_splitting_keeps_all_but_the_router_and_multiplies_the_sets():
    sixteen = Sketch(n_experts=16).architecture()
    info = dial_info(sixteen, "split", 4)
    router = 48 * 4096 * 32
    assert info.point.total - info.start.total == router
    assert info.point.active - info.start.active == router
    assert (info.start.combinations, info.point.combinations) == (120, 4_426_165_368)


@pytest.mark.parametrize("name", sorted(DIALS))
def test_every_stop_is_listed_in_full(name):
    info = dial_info(MIXTRAL, name, 0)
    table = dial_table(info)
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)
    assert [row[7].value for row in table.rows] == [str(p.combinations) for p in info.points]


def test_what_is_met_of_all_is_told_apart_from_what_is_met_of_the_experts():
    met = dial_numbers(dial_info(MIXTRAL, "chosen", 0))[-1]
    assert met.exact == f"{12_879_925_248 / 46_702_792_704:.6f}"
    assert met.source.replace("\u00a0", " ") == "Of the routed experts k / N = 25.0 %."


def test_the_model_as_it_is_says_so():
    assert [n.change for n in dial_numbers(dial_info(MIXTRAL, "chosen", 0))[:3]] == ["as it is"] * 3
    turned = dial_numbers(dial_info(MIXTRAL, "chosen", 8))
    assert turned[0].change == "as it is"
    assert turned[1].change.startswith("×3.6")


@pytest.mark.parametrize(
    ("name", "turn", "field"),
    [
        ("chosen", 9, "top_k"),
        ("experts", 1, "n_experts"),
        ("split", 3, "split"),
        ("split", 16_384, "split"),
    ],
)
def test_what_a_model_cannot_have_is_refused_by_name(name, turn, field):
    with pytest.raises(ConfigError, match=field):
        dial_info(MIXTRAL, name, turn)


def test_sets_of_any_number_are_told():
    assert many(4_426_165_368).replace("\u00a0", " ") == "4.43 B"
    assert many(comb(4096, 512)) == f"10^{len(str(comb(4096, 512))) - 1}"
    assert full(120) == "120"
    assert full(comb(4096, 512)).endswith("digits)")
