"""Settings of E and k, and dense models: what stays equal to the unit, what moves, and why."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.dense_equivalents import dense_with_same_flops, dense_with_same_total
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.lab_model import lab_architecture
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.sparsity import (
    fine_grained,
    sparsity_point,
    with_experts,
    with_top_k,
)
from moeviz.config import ArmConfig, ConfigError, ModelConfig, RoutingConfig, dense_baseline
from tests.architectures import DEEPSEEK_V3, GPT_OSS_20B, MIXTRAL_8X7B, architectures

SPARSE = architectures().filter(lambda a: any(stack.mixture for stack in a.stacks))


@given(SPARSE, st.sampled_from([1, 2, 3, 4, 6, 12]))
def test_a_fine_grained_split_keeps_weights_and_operations_but_for_the_router(architecture, split):
    finer = fine_grained(architecture, split)
    before, after = (parameter_count(each).components for each in (architecture, finer))
    assert after["router"] == split * before["router"]
    biases = (split - 1) * _output_biases(architecture)
    assert after["routed_experts"] == before["routed_experts"] + biases
    moved = {"router": 0, "routed_experts": 0}
    assert {**after, **moved} == {**before, **moved}
    flops, finer_flops = (forward_flops(a, 3).components for a in (architecture, finer))
    assert finer_flops["router"] == split * flops["router"]
    assert {**finer_flops, "router": 0} == {**flops, "router": 0}


def _output_biases(architecture: Architecture) -> int:
    """D a routed expert, where experts have biases."""
    return sum(
        stack.n_layers * m.n_experts * m.d_model
        for stack in architecture.stacks
        if (m := stack.mixture) and m.expert_bias
    )


def test_the_papers_example_of_combinations():
    """16 choose 2 is 120; each split in four, 64 choose 8 is 4,426,165,368."""
    mixture = MixtureFeedForward(64, 256, 16, 2)
    coarse = Architecture(64, 100, (Stack(2, (mixture,), 0),))
    points = [sparsity_point(fine_grained(coarse, split)) for split in (1, 4)]
    assert [point.combinations for point in points] == [120, 4_426_165_368]
    assert [(p.n_experts, p.top_k, p.d_expert) for p in points] == [(16, 2, 256), (64, 8, 64)]
    assert points[0].experts_used == points[1].experts_used == Fraction(1, 8)
    assert points[1].total - points[0].total == 2 * 64 * 48
    assert points[1].flops - points[0].flops == 2 * 2 * 64 * 48


def test_combinations_of_deepseek_v3_are_an_exact_whole_number():
    assert sparsity_point(DEEPSEEK_V3).combinations == 409_663_695_276_000


@given(st.integers(1, 8))
def test_k_moves_what_is_used_and_not_what_is_stored(top_k):
    point, mixtral = (sparsity_point(a) for a in (with_top_k(MIXTRAL_8X7B, top_k), MIXTRAL_8X7B))
    expert = 32 * 3 * 4096 * 14336
    assert point.total == mixtral.total
    assert point.active - mixtral.active == (top_k - 2) * expert
    assert point.flops - mixtral.flops == 2 * (top_k - 2) * expert
    assert point.parameters_used == Fraction(point.active, point.total)


@given(st.integers(2, 600))
def test_more_experts_move_what_is_stored_and_of_what_is_used_the_router_alone(n_experts):
    point = sparsity_point(with_experts(MIXTRAL_8X7B, n_experts))
    mixtral = sparsity_point(MIXTRAL_8X7B)
    router = 32 * 4096 * (n_experts - 8)
    assert point.total - mixtral.total == (n_experts - 8) * 32 * 3 * 4096 * 14336 + router
    assert point.active - mixtral.active == router
    assert point.flops - mixtral.flops == 2 * router


def test_mixtral_uses_more_of_its_weights_than_of_its_experts():
    point = sparsity_point(MIXTRAL_8X7B)
    assert point.experts_used == Fraction(1, 4)
    assert round(float(point.parameters_used), 3) == 0.276


def operations_more(dense: Architecture, architecture: Architecture) -> int:
    """Of one token alone, of the dense model less the other."""
    return forward_flops(dense, 1).total - forward_flops(architecture, 1).total


def parameters_more(dense: Architecture, architecture: Architecture) -> int:
    return parameter_count(dense).total - parameter_count(architecture).total


def dense_width(dense: Architecture) -> int:
    """Hidden units of the one kind of layer."""
    (stack,) = dense.stacks
    (dense,) = (part for part in stack.parts if isinstance(part, DenseFeedForward))
    return dense.d_hidden


@given(SPARSE)
def test_dense_models_are_equal_within_half_a_hidden_unit_a_layer(architecture):
    active, total = dense_with_same_flops(architecture), dense_with_same_total(architecture)
    half_units = sum(
        stack.n_layers * (3 if m.gated else 2) * m.d_model
        for stack in architecture.stacks
        if (m := stack.mixture)
    )
    assert abs(operations_more(active, architecture)) <= half_units
    assert 2 * abs(parameters_more(total, architecture)) <= half_units
    assert not any(stack.mixture for dense in (active, total) for stack in dense.stacks)


def test_mixtrals_dense_models_are_equal_to_the_unit_where_the_router_is_whole_hidden_units():
    """8 / 3 hidden units of the router become 3: one third of a unit too many in each layer."""
    active, total = dense_with_same_flops(MIXTRAL_8X7B), dense_with_same_total(MIXTRAL_8X7B)
    assert [dense_width(dense) for dense in (active, total)] == [2 * 14336 + 3, 8 * 14336 + 3]
    assert operations_more(active, MIXTRAL_8X7B) == 2 * 32 * 4096
    assert parameters_more(total, MIXTRAL_8X7B) == 32 * 4096
    nine = with_experts(MIXTRAL_8X7B, 9)
    assert operations_more(dense_with_same_flops(nine), nine) == 0
    assert parameters_more(dense_with_same_total(nine), nine) == 0


def test_the_dense_model_of_latent_experts_is_as_wide_as_what_they_multiply_not_as_they_are_wide():
    """Experts of 6 · 8 weights twice, for a model of 16 numbers, and a router of 16 · 4."""
    mixture = MixtureFeedForward(16, 8, 4, 2, gated=False, d_routed=6)
    latent = Architecture(16, 9, (Stack(1, (mixture,), 0),))
    width = round((2 * 2 * 6 * 8 + 16 * 4) / (2 * 16))
    assert dense_width(dense_with_same_flops(latent)) == width == 8


@pytest.mark.parametrize("activation", ["gelu", "swiglu"])
@pytest.mark.parametrize(("n_experts", "top_k"), [(8, 1), (8, 2), (16, 3), (64, 8)])
def test_the_labs_own_dense_models_have_the_same_width(activation, n_experts, top_k):
    model = ModelConfig(n_experts=n_experts, activation=activation)
    arm = ArmConfig("a", model=model, routing=RoutingConfig(top_k=top_k))
    architecture = lab_architecture(model, top_k)
    same = {"active": dense_with_same_flops, "total": dense_with_same_total}
    for equal, dense in same.items():
        assert dense_width(dense(architecture)) == dense_baseline(arm, equal, "b").model.dense_width


def test_layers_that_are_dense_already_stay_as_they_are():
    dense = dense_with_same_flops(DEEPSEEK_V3)
    assert dense.stacks[0] == DEEPSEEK_V3.stacks[0]
    assert isinstance(dense.stacks[1].parts[1], DenseFeedForward)


DENSE = Architecture(
    8, 9, (Stack(1, (GroupedQueryAttention(8, 2, 2, 4), DenseFeedForward(8, 9)), 0),)
)
MIXED = dataclasses.replace(
    GPT_OSS_20B,
    stacks=(GPT_OSS_20B.stacks[0], with_experts(GPT_OSS_20B, 64).stacks[1]),
)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: with_top_k(MIXTRAL_8X7B, 9), "top_k must be a whole number from 1 to 8"),
        (lambda: with_experts(MIXTRAL_8X7B, 1), "n_experts must be a whole number of at least 2"),
        (lambda: fine_grained(MIXTRAL_8X7B, 3), r"split must be a divisor of d_expert \(14336\)"),
        (lambda: fine_grained(MIXTRAL_8X7B, 0), "split must be a whole number"),
        (lambda: with_top_k(DENSE, 1), "n_experts must be at least 1 in some layer"),
        (lambda: dense_with_same_total(DENSE), "n_experts must be at least 1 in some layer"),
        (lambda: sparsity_point(DENSE), "n_experts must be one size and k"),
        (lambda: sparsity_point(MIXED), "n_experts must be one size and k"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call, named):
    with pytest.raises(ConfigError, match=named):
        call()


def test_every_split_of_a_power_of_two_multiplies_the_combinations():
    points = [sparsity_point(fine_grained(MIXTRAL_8X7B, m)) for m in (1, 2, 4, 8, 16)]
    for coarse, fine in itertools.pairwise(points):
        assert fine.combinations > coarse.combinations**2
