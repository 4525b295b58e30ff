"""Routing against the papers' loops, for drawn routers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import DROP_POLICIES, BalanceConfig
from moeviz.routing.balancing import balancing_method
from moeviz.routing.capacity import expert_capacity, kept_slots
from moeviz.routing.losses import load_balancing_loss, router_z_loss
from moeviz.routing.metrics import (
    expert_load,
    load_cv,
    max_over_mean,
    max_violation,
    normalised_entropy,
)
from moeviz.routing.scores import router_probabilities
from moeviz.routing.selection import select_experts
from tests import oracles
from tests.strategies import RoutingCase, loads, routing_cases, seeds

near = pytest.approx


def routed(case: RoutingCase) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    probs = router_probabilities(case.router_logits)
    return probs, *select_experts(probs, case.top_k)


@given(routing_cases())
def test_probabilities_are_the_softmax(case: RoutingCase):
    probs = router_probabilities(case.router_logits)
    for ours, logits in zip(probs.tolist(), case.router_logits.tolist(), strict=True):
        assert ours == near(oracles.softmax(logits), abs=1e-6)


@given(routing_cases(), seeds)
def test_selection_is_the_top_k_of_p_plus_b_weighted_by_p(case: RoutingCase, seed: int):
    probs = router_probabilities(case.router_logits)
    bias = torch.randn(case.n_experts, generator=torch.Generator().manual_seed(seed))
    expert_index, gate_weights = select_experts(probs, case.top_k, bias)
    assert expert_index.tolist() == oracles.choices(probs.tolist(), case.top_k, bias.tolist())
    for row, chosen, gates in zip(probs, expert_index, gate_weights, strict=True):
        assert gates.tolist() == [row[i].item() for i in chosen]


@given(routing_cases())
def test_taking_all_experts_takes_each_once(case: RoutingCase):
    expert_index, gate_weights = select_experts(
        router_probabilities(case.router_logits), case.n_experts
    )
    assert (expert_index.sort(-1).values == torch.arange(case.n_experts)).all()
    assert gate_weights.sum(-1).tolist() == near([1.0] * len(expert_index), abs=1e-5)


@given(
    st.integers(1, 300),
    st.integers(1, 64),
    st.integers(1, 8),
    st.decimals("0.1", "8", places=2, allow_nan=False),
)
def test_capacity_is_the_fewest_slots_that_hold_the_share(tokens, experts, k, factor):
    ours = expert_capacity(tokens, experts, k, float(factor))
    assert ours == oracles.capacity(tokens, experts, k, str(factor))


@given(routing_cases(max_tokens=20), st.integers(1, 8), st.sampled_from(DROP_POLICIES))
def test_the_kept_slots_are_those_that_the_plain_queue_seats(case, capacity, policy):
    _, expert_index, gates = routed(case)
    kept = kept_slots(expert_index, gates, case.n_experts, capacity, policy)
    if policy == "position":
        expected = oracles.kept_by_position(expert_index.tolist(), capacity)
    else:
        expected = oracles.kept_by_probability(expert_index.tolist(), gates.tolist(), capacity)
    assert kept.tolist() == expected


@given(routing_cases(max_tokens=20), st.integers(1, 8), st.sampled_from(DROP_POLICIES))
def test_each_expert_keeps_what_it_got_up_to_its_capacity(case, capacity, policy):
    _, expert_index, gates = routed(case)
    kept = kept_slots(expert_index, gates, case.n_experts, capacity, policy)
    got = expert_index.flatten().bincount(minlength=case.n_experts)
    computed = expert_index[kept].bincount(minlength=case.n_experts)
    assert computed.tolist() == got.clamp(max=capacity).tolist()
    assert got.sum().item() == expert_index.numel()


@given(routing_cases())
def test_the_balance_loss_is_the_papers(case: RoutingCase):
    probs, expert_index, _ = routed(case)
    expected = oracles.load_balancing_loss(probs.tolist(), expert_index.tolist())
    assert load_balancing_loss(probs, expert_index).item() == near(expected, rel=1e-5)


@given(routing_cases(max_tokens=8))
def test_the_balance_loss_has_a_gradient_unless_the_load_is_even(case: RoutingCase):
    logits = case.router_logits.clone().requires_grad_()
    probs = router_probabilities(logits)
    expert_index = select_experts(probs, case.top_k)[0]
    load_balancing_loss(probs, expert_index).backward()
    f = expert_load(expert_index, case.n_experts)
    pulls_apart = (probs * (f - (probs * f).sum(-1, keepdim=True)).abs()).max() > 1e-3
    assert logits.grad is not None
    if pulls_apart:
        assert logits.grad.abs().max() > 0
    if torch.allclose(f, f.mean().expand_as(f)):
        assert logits.grad.abs().max() < 1e-6


@given(routing_cases())
def test_the_z_loss_is_the_papers(case: RoutingCase):
    expected = oracles.router_z_loss(case.router_logits.tolist())
    assert router_z_loss(case.router_logits).item() == near(expected, rel=1e-4, abs=1e-6)


@given(routing_cases(), st.floats(0, 1), seeds)
def test_the_loss_free_bias_is_the_papers(case: RoutingCase, rate: float, seed: int):
    _, expert_index, _ = routed(case)
    f = expert_load(expert_index, case.n_experts)
    counts = f.double().mul(expert_index.numel()).round().tolist()
    bias = torch.randn(case.n_experts, generator=torch.Generator().manual_seed(seed))
    ours = balancing_method("loss_free_bias").updated_bias(
        bias, f, BalanceConfig(bias_update_rate=rate)
    )
    assert ours.tolist() == near(oracles.loss_free_bias(bias.tolist(), counts, rate), abs=1e-6)


@given(routing_cases())
def test_the_load_is_the_share_of_slots(case: RoutingCase):
    _, expert_index, _ = routed(case)
    ours = expert_load(expert_index, case.n_experts)
    assert ours.tolist() == near(oracles.load(expert_index.tolist(), case.n_experts))


@given(loads())
def test_metrics_are_the_papers(load: list[float]):
    f = torch.tensor(load)
    assert normalised_entropy(f).item() == near(oracles.normalised_entropy(load), abs=1e-5)
    assert max_violation(f).item() == near(oracles.max_violation(load), abs=1e-5)
    assert max_over_mean(f).item() == near(oracles.max_violation(load) + 1, abs=1e-5)
    assert load_cv(f).item() == near(oracles.coefficient_of_variation(load), abs=1e-5)
