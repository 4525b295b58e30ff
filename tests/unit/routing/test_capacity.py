"""Capacity: the published examples, and who is left out of a full expert."""

from __future__ import annotations

import pytest
import torch

from moeviz.config import DROP_POLICIES, RoutingConfig
from moeviz.routing.capacity import expert_capacity
from moeviz.routing.record import Chosen
from moeviz.routing.slots import queue_places
from tests.routed import SlotsByToken, routed, slots_by_token

ALL_TO_0 = torch.zeros(5, 1, dtype=torch.int64)


def assign_slots(
    expert_index: torch.Tensor,
    slot_scores: torch.Tensor,
    ranked: torch.Tensor,
    capacity: int | None,
    policy: str,
) -> SlotsByToken:
    """With the router's score of each assignment; the other experts' scores are 0."""
    scores = torch.zeros_like(ranked).scatter(1, expert_index, slot_scores)
    return slots_by_token(expert_index, scores, ranked, capacity, policy)


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
    [
        (80, 8, 1.1, 11), (200, 4, 1.1, 55), (1000, 10, 1.1, 110), (1024, 8, 0.1, 13),
        (10, 2, 1.2, 6), (3, 64, 0.1, 1),
    ],
)  # fmt: skip
def test_a_factor_means_the_decimal_number_that_was_written(
    n_tokens: int, n_experts: int, factor: float, slots: int
):
    assert expert_capacity(n_tokens, n_experts, 1, factor) == slots


def test_no_factor_means_no_limit():
    assert expert_capacity(1024, 8, 2, None) is None


@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_without_a_capacity_every_slot_is_kept(policy: str):
    assigned = assign_slots(ALL_TO_0, torch.rand(5, 1), torch.rand(5, 4), None, policy)
    assert assigned.kept is None
    assert torch.equal(assigned.expert_index, ALL_TO_0)


def test_preference_0_of_late_tokens_queues_before_preference_1_of_early_ones():
    expert_index = torch.tensor([[0, 1], [0, 1], [1, 0]])
    assigned = assign_slots(expert_index, torch.rand(3, 2), torch.rand(3, 2), 2, "position")
    assert assigned.kept.tolist() == [[True, True], [True, False], [True, False]]
    assert assigned.queue_place.tolist() == [[0, 1], [1, 2], [0, 2]]


def test_by_probability_a_late_sure_token_takes_the_slot_of_an_early_unsure_one():
    expert_index = torch.zeros(3, 1, dtype=torch.int64)
    gate_weights = torch.tensor([[0.4], [0.9], [0.6]])
    assigned = assign_slots(expert_index, gate_weights, torch.rand(3, 2), 2, "probability")
    assert assigned.kept.tolist() == [[False], [True], [True]]
    assert assigned.queue_place.tolist() == [[2], [0], [1]]


@pytest.mark.parametrize("policy", ["probability", "batch_prioritised"])
def test_equally_probable_assignments_queue_by_position(policy: str):
    expert_index = torch.tensor([[0, 1]] * 4)
    assigned = assign_slots(expert_index, torch.full((4, 2), 0.5), torch.rand(4, 2), 2, policy)
    assert assigned.kept.tolist() == [[True, True], [True, True], [False, False], [False, False]]
    crossed, alike = torch.tensor([[0, 1], [1, 0]]), torch.full((2, 2), 0.5)
    assigned = assign_slots(crossed, alike, alike, 1, policy)
    assert assigned.kept.tolist() == [[True, False], [True, False]]


def test_a_sure_second_choice_comes_before_a_first_one_by_probability_alone():
    """V-MoE orders tokens; all first choices still sit before any second."""
    expert_index = torch.tensor([[0, 1], [1, 0]])
    gate_weights = torch.tensor([[0.3, 0.2], [0.5, 0.4]])
    kept = {
        policy: assign_slots(expert_index, gate_weights, torch.rand(2, 2), 1, policy).kept.tolist()
        for policy in ("probability", "batch_prioritised")
    }
    assert kept["probability"] == [[False, False], [True, True]]
    assert kept["batch_prioritised"] == [[True, False], [True, False]]


def test_the_token_that_is_surest_of_anything_is_prioritised_with_all_its_choices():
    expert_index = torch.tensor([[0, 2], [1, 2]])
    gate_weights = torch.tensor([[0.5, 0.45], [0.9, 0.1]])
    assigned = assign_slots(expert_index, gate_weights, torch.rand(2, 3), 1, "batch_prioritised")
    assert assigned.kept.tolist() == [[True, False], [True, True]]


def test_without_a_slot_a_token_tries_its_next_best_expert_and_so_on():
    scores = torch.tensor([[0.6, 0.3, 0.1]] * 4)
    assigned = assign_slots(
        torch.zeros(4, 1, dtype=torch.int64), scores[:, :1], scores, 1, "reroute"
    )
    assert assigned.expert_index.tolist() == [[0], [1], [2], [0]]
    assert assigned.kept.tolist() == [[True], [True], [True], [False]]
    assert assigned.queue_place.tolist() == [[0], [0], [0], [3]]


def test_a_token_that_asks_for_its_second_best_comes_before_one_that_asks_for_its_third():
    """Token 1's second best, expert 1, is full; when it asks its third, token 3 sits there."""
    scores = torch.tensor(
        [[0.9, 0.06, 0.04], [0.9, 0.06, 0.04], [0.1, 0.8, 0.1], [0.9, 0.02, 0.08]]
    )
    assigned = assign_slots(scores.argmax(-1, True), scores.amax(-1, True), scores, 1, "reroute")
    assert assigned.expert_index.tolist() == [[0], [0], [1], [2]]
    assert assigned.kept.tolist() == [[True], [False], [True], [True]]


def test_a_token_is_never_rerouted_to_an_expert_that_it_has_already():
    scores = torch.tensor([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    expert_index = torch.tensor([[0, 1], [0, 1]])
    assigned = assign_slots(expert_index, scores[:, :2], scores, 1, "reroute")
    assert assigned.expert_index.tolist() == [[0, 1], [2, 1]]
    assert assigned.kept.tolist() == [[True, True], [True, False]]
    roomy = assign_slots(
        torch.tensor([[0, 1], [0, 1], [0, 1]]), scores[[0, 0, 0], :2], scores[[0] * 3], 2, "reroute"
    )
    assert roomy.expert_index[2].tolist() == [2, 1]


def test_a_barred_expert_stays_empty():
    scores = torch.tensor([[0.7, -torch.inf, 0.1]] * 3)
    assigned = assign_slots(
        torch.zeros(3, 1, dtype=torch.int64), scores[:, :1], scores, 1, "reroute"
    )
    assert assigned.expert_index.tolist() == [[0], [2], [0]]
    assert assigned.kept.tolist() == [[True], [True], [False]]


def shuffled_places(n_tokens: int, top_k: int = 1) -> torch.Tensor:
    """Of slots k·T + t that all want one expert."""
    one = Chosen.rectangle(torch.zeros(n_tokens, top_k, dtype=torch.int64))
    return one.by_token(queue_places(one, torch.ones(n_tokens, 1), "random")).t().flatten()


@pytest.mark.parametrize("n_tokens", [64, 256, 1024, 4096])
def test_the_shuffle_favours_no_part_of_the_batch(n_tokens: int):
    """Nor a place in the sequence of 64; of half the slots each quarter gets its share."""
    place = shuffled_places(n_tokens)
    position = torch.arange(n_tokens)
    for order in (position, position % 64):
        both = torch.stack([place, order]).double()
        assert abs(torch.corrcoef(both)[0, 1].item()) < 0.05
    quarters = (place < n_tokens // 2).view(4, -1).sum(1)
    assert (quarters - n_tokens // 8).abs().max() <= 2


def test_the_shuffle_is_no_order_of_positions():
    place = shuffled_places(64, top_k=2)
    steps = place.diff()
    assert (steps > 0).any()
    assert (steps < 0).any()
    assert (steps.abs() > 1).all()


@pytest.mark.parametrize("policy", ["probability", "batch_prioritised"])
def test_certain_tokens_come_first_also_where_every_weight_is_1(policy: str):
    logits = torch.tensor([[1.0, 0.0], [3.0, 0.0], [2.0, 0.0]])
    config = RoutingConfig(
        capacity_factor=0.5, drop_policy=policy, router="softmax_topk_renormalised"
    )
    routing = routed(logits, config)
    assert routing.gate_weights.tolist() == [[1.0], [1.0], [1.0]]
    assert routing.kept.tolist() == [[False], [True], [False]]


def test_the_selection_bias_orders_no_queue():
    """Token 1 is surer of expert 2 than token 0 of expert 0, which the bias prefers for both."""
    logits = torch.tensor([[0.5, 0.3, 0.2], [0.39, 0.01, 0.6]]).log()
    config = RoutingConfig(top_k=2, capacity_factor=0.75, drop_policy="batch_prioritised")
    queued = routed(logits, config, bias=torch.tensor([0.5, 0.0, 0.0]))
    assert queued.expert_index.tolist() == [[0, 1], [0, 2]]
    assert queued.kept.tolist() == [[False, True], [True, True]]


def test_rerouting_tries_experts_by_score_and_bias_and_none_that_is_barred():
    logits = torch.tensor([[0.5, 0.2, 0.17, 0.13]] * 3).log()
    config = RoutingConfig(top_k=1, capacity_factor=1.0, drop_policy="reroute")
    barred = torch.tensor([[False, True, False, False]] * 3)
    sent = routed(logits, config, bias=torch.tensor([0.0, 0.0, 0.0, 0.1]), barred=barred)
    assert sent.expert_index.tolist() == [[0], [3], [2]]
