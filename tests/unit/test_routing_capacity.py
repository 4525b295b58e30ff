"""Capacity: the published examples, and who is left out of a full expert."""

from __future__ import annotations

import pytest
import torch

from moeviz.routing.capacity import expert_capacity, kept_slots


@pytest.mark.parametrize(("factor", "slots"), [(1.0, 2), (1.5, 3)])
def test_capacity_is_that_of_switch_figure_3(factor: float, slots: int):
    """Six tokens, three experts."""
    assert expert_capacity(6, 3, 1, factor) == slots


def test_gshards_two_slots_per_fair_share_are_a_factor_of_one():
    """GShard algorithm 1 has C = 2·S/E for its two experts per token."""
    assert expert_capacity(512, 16, 2, 1.0) == 2 * 512 // 16


def test_capacity_grows_with_k():
    assert [expert_capacity(64, 8, k, 1.25) for k in (1, 2, 4)] == [10, 20, 40]


@pytest.mark.parametrize(
    ("n_tokens", "n_experts", "factor", "slots"),
    [(80, 8, 1.1, 11), (1000, 10, 1.1, 110), (1024, 8, 0.1, 13), (10, 2, 1.2, 6), (3, 64, 0.1, 1)],
)
def test_a_factor_means_the_decimal_number_that_was_written(
    n_tokens: int, n_experts: int, factor: float, slots: int
):
    assert expert_capacity(n_tokens, n_experts, 1, factor) == slots


def test_no_factor_means_no_limit():
    assert expert_capacity(1024, 8, 2, None) is None


def test_without_a_capacity_every_slot_is_kept():
    expert_index = torch.zeros(5, 1, dtype=torch.int64)
    assert kept_slots(expert_index, torch.ones(5, 1), 4, None, "position").all()


def test_first_choices_of_late_tokens_are_seated_before_second_choices_of_early_ones():
    expert_index = torch.tensor([[0, 1], [0, 1], [1, 0]])
    kept = kept_slots(expert_index, torch.rand(3, 2), 2, 2, "position")
    assert kept.tolist() == [[True, True], [True, False], [True, False]]


def test_by_probability_a_late_sure_token_takes_the_seat_of_an_early_unsure_one():
    expert_index = torch.zeros(3, 1, dtype=torch.int64)
    gate_weights = torch.tensor([[0.4], [0.9], [0.6]])
    kept = kept_slots(expert_index, gate_weights, 2, 2, "probability")
    assert kept.tolist() == [[False], [True], [True]]


def test_equally_probable_slots_are_seated_by_position():
    expert_index = torch.tensor([[0, 1]] * 4)
    kept = kept_slots(expert_index, torch.full((4, 2), 0.5), 2, 2, "probability")
    assert kept.tolist() == [[True, True], [True, True], [False, False], [False, False]]
