"""Sketches are exact, and the sums of total and active parameters are the counts."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.lab_model import lab_architecture
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCH_KNOBS, SKETCHES, Sketch, lab_sketch
from moeviz.accounting.total_and_active import total_and_active
from moeviz.config import ConfigError
from tests.strategies import model_configs


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """Small sketches of every kind."""
    n_experts, n_heads, n_layers = (draw(st.integers(1, high)) for high in (9, 4, 5))
    return Sketch(
        n_experts=n_experts,
        top_k=draw(st.integers(1, n_experts)),
        d_model=draw(st.integers(1, 40)),
        d_expert=draw(st.integers(1, 40)),
        n_layers=n_layers,
        n_shared_experts=draw(st.integers(0, 2)),
        n_dense_layers=draw(st.integers(0, n_layers - 1)),
        d_dense=draw(st.integers(1, 40)),
        n_heads=n_heads,
        n_kv_heads=draw(st.integers(1, n_heads)),
        head_dim=draw(st.integers(1, 8)),
        vocab_size=draw(st.integers(1, 50)),
        tied=draw(st.sampled_from(("no", "yes"))),
        attention=draw(st.sampled_from(("grouped", "latent"))),
        q_rank=draw(st.integers(0, 6)),
        kv_rank=draw(st.integers(1, 6)),
        rope_dim=draw(st.integers(1, 4)),
        correction_bias=draw(st.sampled_from(("no", "yes"))),
        gated=draw(st.sampled_from(("no", "yes"))),
        positions=draw(st.integers(0, 9)),
    )


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("mixtral-8x7b", 46_702_792_704, 12_879_925_248),
        ("mixtral-8x22b", 140_630_071_296, 39_161_468_928),
        ("deepseek-v3", 671_026_419_200, 37_552_297_472),
    ],
)
def test_a_start_of_the_sliders_is_the_released_model_to_the_parameter(name, total, active):
    count = parameter_count(SKETCHES[name][1].architecture())
    assert (count.total, count.active["all"]) == (total, active)


@given(model_configs(), st.integers(1, 2))
def test_the_labs_model_as_a_sketch_is_the_labs_model(model, top_k):
    assert lab_sketch(model, top_k).architecture() == lab_architecture(model, top_k)


@given(sketches())
def test_the_sums_of_total_and_active_are_the_counts(sketch):
    architecture = sketch.architecture()
    count, sums = parameter_count(architecture), total_and_active(architecture)
    assert (sums.total, sums.active) == (count.total, count.active["all"])
    one = dataclasses.replace(sketch, n_experts=1, top_k=1)
    router = (sketch.n_experts - 1) * sketch.d_model * sums.n_moe_layers
    bias = (sketch.n_experts - 1) * sums.n_moe_layers * (sketch.correction_bias == "yes")
    assert sums.with_one_expert - router - bias == parameter_count(one.architecture()).total


@pytest.mark.parametrize("name", SKETCH_KNOBS)
def test_nonsense_in_any_field_is_refused_by_name(name):
    for nonsense in (None, "x", -1, 10**12, 1.5):
        with pytest.raises(ConfigError, match=name):
            Sketch(**{name: nonsense})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"top_k": 9}, "top_k"),
        ({"n_kv_heads": 64}, "n_kv_heads"),
        ({"n_dense_layers": 32}, "n_dense_layers"),
    ],
)
def test_sizes_that_do_not_fit_together_are_refused_by_name(changes, field):
    with pytest.raises(ConfigError, match=field):
        Sketch(**changes)
