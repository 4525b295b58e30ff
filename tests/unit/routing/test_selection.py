"""Selection: top-k of p + b, within the groups that a token may use."""

from __future__ import annotations

import math

import pytest
import torch

from moeviz.routing.selection import biased_scores, select_experts

PROBS = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])


def test_experts_come_best_first():
    assert select_experts(PROBS, top_k=2).tolist() == [[0, 1], [2, 1]]


def test_a_bias_moves_the_choice():
    ranked = biased_scores(PROBS, torch.tensor([0.0, 0.0, 0.4]))
    assert select_experts(ranked, 1).tolist() == [[2], [2]]


def test_without_bias_and_groups_the_scores_themselves_are_ranked():
    assert biased_scores(PROBS) is PROBS


def test_among_equals_the_lower_index_is_chosen_first():
    probs = torch.tensor([[0.1, 0.3, 0.3, 0.3], [0.25, 0.25, 0.25, 0.25]])
    assert select_experts(probs, 2).tolist() == [[1, 2], [0, 1]]
    assert select_experts(probs, 4).tolist() == [[1, 2, 3, 0], [0, 1, 2, 3]]


def test_an_expert_is_chosen_once_even_where_all_others_have_nothing():
    assert select_experts(torch.tensor([[0.0, 0.0, 1.0, 0.0]]), 3).tolist() == [[2, 0, 1]]
    ranked = biased_scores(PROBS, torch.tensor([-2.0, -3.0, -4.0]))
    assert select_experts(ranked, 3).tolist() == [[0, 1, 2], [0, 1, 2]]


def test_choosing_leaves_the_scores_as_they_were():
    probs, bias = PROBS.clone(), torch.tensor([0.1, 0.0, 0.2])
    select_experts(probs, 3)
    biased_scores(probs.repeat(1, 2), bias.repeat(2), 2, 1)
    assert torch.equal(probs, PROBS)


def test_a_choice_has_no_gradient():
    probs = PROBS.clone().requires_grad_()
    assert not select_experts(biased_scores(probs), 2).requires_grad


def test_a_group_is_worth_its_two_best_experts_together():
    """DeepSeek-V2 would take the group of the single best one."""
    scores = torch.tensor([[0.9, 0.1, 0.0, 0.6, 0.6, 0.0]])
    assert biased_scores(scores, None, 2, 1).tolist() == [
        [-math.inf, -math.inf, -math.inf, *scores[0, 3:].tolist()]
    ]


def test_a_third_expert_counts_for_nothing_in_its_group():
    scores = torch.tensor([[0.5, 0.4, 0.0, 0.4, 0.4, 0.4]])
    assert biased_scores(scores, None, 2, 1).isfinite().tolist() == [[True] * 3 + [False] * 3]


def test_a_group_is_chosen_with_the_bias():
    scores = torch.tensor([[0.5, 0.5, 0.4, 0.4]])
    ranked = biased_scores(scores, torch.tensor([-0.3, -0.3, 0.0, 0.0]), 2, 1)
    assert ranked.tolist() == [[-math.inf, -math.inf, *scores[0, 2:].tolist()]]


def test_of_equal_groups_the_first_are_kept():
    ranked = biased_scores(torch.ones(1, 32), None, 16, 3)
    assert ranked.isfinite()[0].nonzero()[:, 0].tolist() == list(range(6))


@pytest.mark.parametrize("n_groups", [1, 2, 4])
def test_all_groups_kept_bar_nobody(n_groups: int):
    scores = torch.rand(3, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(biased_scores(scores, None, n_groups, n_groups), scores)
