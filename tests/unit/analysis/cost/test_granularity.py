"""One size varies, the others stay, and impossible values are refused by name."""

from __future__ import annotations

from math import comb

import pytest

from moeviz.accounting.sketch import SKETCHES, Sketch
from moeviz.accounting.total_and_active import total_and_active
from moeviz.analysis.cost.granularity import (
    SWEEPS,
    full,
    many,
    sweep_info,
    sweep_numbers,
    sweep_table,
)
from moeviz.config import ConfigError

MIXTRAL = SKETCHES["mixtral-8x7b"][1].architecture()


def test_k_keeps_the_total_and_the_experts_keep_the_active_parameters():
    info = sweep_info(MIXTRAL, "top_k", 0)
    assert {point.total for point in info.points} == {46_702_792_704}
    assert info.values == (1, 2, 4, 8)
    assert info.point.active == 12_879_925_248
    experts = sweep_info(MIXTRAL, "experts", 1024)
    router = (1024 - 8) * 4096 * total_and_active(MIXTRAL).n_moe_layers
    assert experts.point.active == 12_879_925_248 + router


def test_splitting_keeps_all_but_the_router_and_multiplies_the_sets():
    sixteen = Sketch(n_experts=16).architecture()
    info = sweep_info(sixteen, "split", 4)
    router = 48 * 4096 * 32
    assert info.point.total - info.start.total == router
    assert info.point.active - info.start.active == router
    assert (info.start.combinations, info.point.combinations) == (120, 4_426_165_368)


@pytest.mark.parametrize("name", sorted(SWEEPS))
def test_every_stop_is_listed_in_full(name):
    info = sweep_info(MIXTRAL, name, 0)
    table = sweep_table(info)
    units = dict(zip(table.header, table.units, strict=True))
    assert units["Active"] == "parameters, with embedding and head"
    assert all(len(row) == len(table.header) == len(table.units) for row in table.rows)
    assert [row[7].value for row in table.rows] == [str(p.combinations) for p in info.points]


def test_the_active_share_is_not_the_activation_ratio():
    share = sweep_numbers(sweep_info(MIXTRAL, "top_k", 0))[-1]
    assert share.exact == f"{12_879_925_248 / 46_702_792_704:.6f}"
    assert "Of the routed experts 25.0 % are active" in share.source.replace("\u00a0", " ")


SAME = "same as the original"


def test_the_original_model_says_so():
    assert [n.change for n in sweep_numbers(sweep_info(MIXTRAL, "top_k", 0))[:3]] == [SAME] * 3
    varied = sweep_numbers(sweep_info(MIXTRAL, "top_k", 8))
    assert varied[0].change == SAME
    assert varied[1].change == "3.63× the original"


@pytest.mark.parametrize(
    ("name", "turn", "field"),
    [
        ("top_k", 9, "top_k"),
        ("experts", 1, "n_experts"),
        ("split", 3, "split"),
        ("split", 16_384, "split"),
    ],
)
def test_what_a_model_cannot_have_is_refused_by_name(name, turn, field):
    with pytest.raises(ConfigError, match=field):
        sweep_info(MIXTRAL, name, turn)


def test_sets_of_any_number_are_told():
    assert many(4_426_165_368).replace("\u00a0", " ") == "4.43 B"
    assert many(comb(64, 32)) == "10¹⁸"  # 1.83 · 10¹⁸
    assert full(120) == "120"
    assert full(comb(4096, 512)).endswith("digits)")
