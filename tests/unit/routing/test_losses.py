"""Auxiliary losses: their anchors, their gradient, and what other libraries compute."""

from __future__ import annotations

import math

import pytest
import torch
from transformers.models.mixtral import modeling_mixtral
from transformers.models.switch_transformers import modeling_switch_transformers

from moeviz.routing.losses import load_balancing_loss, router_z_loss
from moeviz.routing.selection import select_experts

EXPERTS = 6


def random_probs(n_tokens: int = 50, seed: int = 0) -> torch.Tensor:
    logits = torch.randn(n_tokens, EXPERTS, generator=torch.Generator().manual_seed(seed)) * 2
    return logits.softmax(-1)


def round_robin(n_tokens: int, top_k: int) -> torch.Tensor:
    """Every expert gets the same number of slots."""
    return (torch.arange(n_tokens)[:, None] + torch.arange(top_k)) % EXPERTS


@pytest.mark.parametrize("top_k", range(1, EXPERTS + 1))
def test_the_balance_loss_is_one_for_an_even_load_whatever_the_probabilities(top_k: int):
    loss = load_balancing_loss(random_probs(5 * EXPERTS), round_robin(5 * EXPERTS, top_k))
    assert loss.item() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("top_k", range(1, EXPERTS + 1))
def test_the_balance_loss_is_one_for_even_probabilities_whatever_the_load(top_k: int):
    probs = torch.full((20, EXPERTS), 1 / EXPERTS)
    expert_index = torch.arange(top_k).expand(20, top_k)
    assert load_balancing_loss(probs, expert_index).item() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("top_k", range(1, EXPERTS + 1))
def test_the_balance_loss_is_e_over_k_when_the_same_k_experts_get_everything(top_k: int):
    expert_index = torch.arange(top_k).expand(20, top_k)
    probs = torch.zeros(20, EXPERTS).scatter(-1, expert_index, 1 / top_k)
    assert load_balancing_loss(probs, expert_index).item() == pytest.approx(EXPERTS / top_k)


@pytest.mark.parametrize("top_k", range(1, EXPERTS + 1))
def test_the_balance_loss_is_never_more_than_e_over_k(top_k: int):
    probs = random_probs()
    index = torch.stack([torch.randperm(EXPERTS)[:top_k] for _ in probs])
    for expert_index in (index, probs.topk(top_k).indices):
        assert load_balancing_loss(probs, expert_index).item() <= EXPERTS / top_k + 1e-6


def test_one_is_no_lower_bound():
    probs = torch.tensor([[0.51, 0.49], [0.51, 0.49], [0.0, 1.0]])
    loss = load_balancing_loss(probs, select_experts(probs, 1))
    assert loss.item() == pytest.approx(2 * (2 / 3 * 0.34 + 1 / 3 * 0.66))
    assert loss.item() < 0.9


def test_a_descent_step_moves_probability_from_the_busy_expert_to_the_idle_one():
    logits = torch.tensor([[1.0, 0.0]] * 4, requires_grad=True)
    probs = logits.softmax(-1)
    load_balancing_loss(probs, select_experts(probs, 1)).backward()
    assert logits.grad is not None
    assert (logits.grad[:, 0] > 0).all()
    assert (logits.grad[:, 1] < 0).all()


@pytest.mark.parametrize("top_k", [1, 2, 4])
def test_transformers_mixtral_gets_k_times_our_loss(top_k: int):
    logits = random_probs().log()
    probs = logits.softmax(-1)
    theirs = modeling_mixtral.load_balancing_loss_func((logits,), EXPERTS, top_k)
    ours = load_balancing_loss(probs, select_experts(probs, top_k))
    assert theirs.item() == pytest.approx(top_k * ours.item(), rel=1e-5)


def test_transformers_switch_gets_our_loss():
    probs = random_probs()
    expert_index = select_experts(probs, 1)
    theirs = modeling_switch_transformers.load_balancing_loss_func(probs[None], expert_index.t())
    assert theirs.item() == pytest.approx(load_balancing_loss(probs, expert_index).item(), rel=1e-5)


def test_transformers_switch_gets_our_z_loss():
    logits = random_probs().log() * 3 + 1
    theirs = modeling_switch_transformers.router_z_loss_func(logits[None])
    assert theirs.item() == pytest.approx(router_z_loss(logits).item(), rel=1e-5)


def test_the_z_loss_of_zero_logits_is_the_squared_log_of_their_number():
    assert router_z_loss(torch.zeros(7, 5)).item() == pytest.approx(math.log(5) ** 2)


def test_the_z_loss_is_float32_even_when_the_logits_are_not():
    logits = (4 * random_probs()).bfloat16()
    z = router_z_loss(logits)
    assert z.dtype == torch.float32
    assert z.item() == router_z_loss(logits.float()).item()
