"""Selection: top-k of p + b, weighted by p alone."""

from __future__ import annotations

import torch

from moeviz.routing.selection import select_experts

PROBS = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])


def test_experts_come_best_first_with_their_own_probabilities():
    expert_index, gate_weights = select_experts(PROBS, top_k=2)
    assert expert_index.tolist() == [[0, 1], [2, 1]]
    assert torch.equal(gate_weights, torch.tensor([[0.5, 0.3], [0.7, 0.2]]))


def test_a_bias_moves_the_choice_and_never_the_weights():
    bias = torch.tensor([0.0, 0.0, 0.4])
    expert_index, gate_weights = select_experts(PROBS, 1, bias)
    assert expert_index.tolist() == [[2], [2]]
    assert torch.equal(gate_weights, torch.tensor([[0.2], [0.7]]))


def test_the_router_has_a_gradient_even_with_one_expert_per_token():
    logits = PROBS.log().requires_grad_()
    _, gate_weights = select_experts(logits.softmax(-1), 1)
    gate_weights.sum().backward()
    assert logits.grad is not None
    assert logits.grad.abs().min() > 0


def test_no_gradient_reaches_the_bias():
    probs = PROBS.clone().requires_grad_()
    bias = torch.zeros(3, requires_grad=True)
    select_experts(probs, 2, bias)[1].sum().backward()
    assert bias.grad is None


def test_among_equals_the_lower_index_is_chosen_first():
    probs = torch.tensor([[0.1, 0.3, 0.3, 0.3], [0.25, 0.25, 0.25, 0.25]])
    assert select_experts(probs, 2)[0].tolist() == [[1, 2], [0, 1]]
    assert select_experts(probs, 4)[0].tolist() == [[1, 2, 3, 0], [0, 1, 2, 3]]


def test_an_expert_is_chosen_once_even_where_all_others_have_nothing():
    assert select_experts(torch.tensor([[0.0, 0.0, 1.0, 0.0]]), 3)[0].tolist() == [[2, 0, 1]]
    bias = torch.tensor([-2.0, -3.0, -4.0])
    assert select_experts(PROBS, 3, bias)[0].tolist() == [[0, 1, 2], [0, 1, 2]]


def test_choosing_leaves_the_probabilities_as_they_were():
    probs = PROBS.clone()
    select_experts(probs, 3)
    assert torch.equal(probs, PROBS)
