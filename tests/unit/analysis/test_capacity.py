"""Capacity slots, drop rates, curves and conventions: counted by hand, from made-up answers."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from moeviz.analysis.capacity import (
    BY_PLACE,
    BY_SCORE,
    capacity_curve,
    cost_above,
    drop_rates,
    dropped_per_token,
    half_width,
    policies_alike,
    shown_sequences,
    slot_budget,
    slots_per_expert,
    worst_dependence,
)
from moeviz.analysis.capacity_training import trained_at
from moeviz.analysis.conventions import alpha_range, capacity_lines, loss_lines
from moeviz.config import DROP_POLICIES, ModelConfig, RoutingConfig
from moeviz.records import RunHistory
from tests.made_up_studies import (
    made_up_assignments,
    made_up_batch,
    made_up_conventions,
    made_up_dependence,
    made_up_point,
)
from tests.snapshots import snapshot

MODEL = ModelConfig(n_experts=4, d_model=16, d_expert=32)
CHOSEN = np.array([[0], [0], [0], [1], [0], [2]])


def test_slots_are_filled_or_empty_and_cost_two_operations_per_weight():
    budget = slot_budget(made_up_assignments(CHOSEN, 4, capacity=2), MODEL)
    assert (budget.assignments, budget.filled, budget.dropped) == (6, 4, 2)
    assert (budget.slots, budget.padding) == (8, 4)
    weights = 2 * 16 * 32
    assert budget.padding_flops == 4 * 2 * weights
    assert budget.useful_flops == 4 * 2 * weights


def test_dropless_pads_nothing():
    budget = slot_budget(made_up_assignments(CHOSEN, 4, capacity=None), MODEL)
    assert (budget.slots, budget.filled, budget.padding, budget.dropped) == (6, 6, 0, 0)


def test_every_expert_has_its_slots_and_its_overflow():
    layer = made_up_assignments(CHOSEN, 4, capacity=2)
    assert slots_per_expert(layer) == ([2, 1, 1, 0], [0, 1, 1, 2], [2, 0, 0, 0])
    assert dropped_per_token(layer).tolist() == [0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_policies_that_dropped_others_above_may_part_below(policy):
    full, roomy = (made_up_assignments(CHOSEN % 2, 2, capacity) for capacity in (1, 6))
    batch = dataclasses.replace(made_up_batch(), routing=RoutingConfig(drop_policy=policy))
    below_full = dataclasses.replace(batch, layers=(full, full))
    assert policies_alike(below_full, 0) == [BY_SCORE, BY_PLACE]
    by_place = [BY_PLACE] if policy in BY_PLACE else []
    assert policies_alike(below_full, 1) == [BY_SCORE, *by_place]
    assert policies_alike(dataclasses.replace(batch, layers=(full, roomy)), 1) == [BY_SCORE]


def test_a_rerouted_assignment_fills_a_slot_of_one_expert_and_is_overflow_of_another():
    layer = made_up_assignments(CHOSEN, 4, capacity=2)
    index, kept = layer.assignments.expert.copy(), layer.assignments.kept.copy()
    index[2], kept[2] = 3, True
    assignments = dataclasses.replace(layer.assignments, expert=index, kept=kept)
    moved = dataclasses.replace(layer, assignments=assignments)
    filled, empty, overflow = slots_per_expert(moved)
    assert (filled, empty, overflow) == ([2, 1, 1, 1], [0, 1, 1, 1], [2, 0, 0, 0])


def test_drop_rates_are_the_same_drops_seen_from_three_sides():
    batch = made_up_batch(capacity_factor=0.5)
    rates = drop_rates(batch, 0)
    lost = (~batch.layers[0].kept).mean()
    assert rates.overall == pytest.approx(lost)
    for part in (rates.by_turn, rates.by_position, rates.by_domain):
        assert part.mean() == pytest.approx(lost)  # parts of equal size here
    rows = (~batch.layers[0].kept).reshape(6, 8, 2)
    assert rates.by_turn.tolist() == rows.mean(axis=(1, 2)).tolist()
    assert rates.by_domain[1] == pytest.approx(rows[[1, 4]].mean())
    assert rates.highest == max(*rates.by_turn, *rates.by_position, *rates.by_domain)


def test_of_each_domain_one_sequence_is_shown_and_they_reach_to_the_end_of_the_queue():
    assert shown_sequences(made_up_batch(n_sequences=9)) == (0, 4, 8)
    assert shown_sequences(made_up_batch(n_sequences=3)) == (0, 1, 2)


def test_a_curve_compares_each_batch_with_itself():
    points = [
        made_up_point(0, None, 2.0), made_up_point(1, None, 3.0), made_up_point(0, 0.5, 2.3),
        made_up_point(1, 0.5, 3.1), made_up_point(0, 2.0, 2.0), made_up_point(2, 2.0, 9.0),
    ]  # fmt: skip
    half, double = capacity_curve(points)
    assert (half.capacity_factor, half.batches) == (0.5, 2)
    assert half.cost == pytest.approx(0.2)
    assert half.half_width == pytest.approx(12.706 * np.std([0.3, 0.1], ddof=1) / math.sqrt(2))
    assert half.dropped == 0.25
    assert (double.batches, double.cost, double.padding) == (1, 0.0, 0.5)
    assert math.isnan(double.half_width)


def test_a_factor_without_its_dropless_batch_is_not_on_the_curve():
    assert capacity_curve([made_up_point(0, 0.5, 2.0)]) == ()
    assert capacity_curve([]) == ()


def test_the_interval_is_students():
    """Eight numbers: 2.365 standard errors."""
    values = [1.0, 2, 3, 4, 5, 6, 7, 8]
    error = np.std(values, ddof=1) / math.sqrt(8)
    assert half_width(values) == pytest.approx(2.365 * error)
    assert math.isnan(half_width([1.0]))


def test_the_worst_of_several_sequences_counts():
    answers = [made_up_dependence(0, alone=1.0, others=0.5), made_up_dependence(1, leak=0.25)]
    worst = worst_dependence(answers)
    assert worst is not None
    assert (worst.sequences, worst.alone, worst.leak, worst.others) == (2, 1.0, 0.25, 0.5)
    assert worst_dependence([]) is None


def test_a_policy_costs_what_it_adds_to_dropless_once_both_are_known():
    dropless, batch = made_up_point(0, None, 2.0), made_up_batch()
    assert cost_above(dropless, batch) == pytest.approx(batch.cross_entropy.mean() - 2.0)
    assert cost_above(dropless, dropless) == 0
    assert cost_above(None, batch) is cost_above(dropless, None) is None


def test_a_leak_is_a_change_before_the_first_replaced_token_only():
    assert made_up_dependence(leak=0.0).leak == 0
    assert made_up_dependence(leak=0.5).leak == 0.5


def test_an_alpha_means_the_same_when_loss_or_gradient_is_as_large():
    lines = {line.balancer.name: line for line in loss_lines(made_up_conventions())}
    assert lines["switch"].gradient_alpha == pytest.approx(0.01)
    assert lines["hf_pooled"].gradient_alpha == pytest.approx(0.001)  # ten times the gradient
    assert lines["hf_pooled"].even_alpha == pytest.approx(0.008)  # 5/4 of the loss
    assert math.isnan(lines["importance"].gradient_alpha)
    assert math.isnan(lines["importance"].even_alpha)


def test_the_range_of_alphas_is_that_of_the_conventions_with_a_gradient():
    lines = loss_lines(made_up_conventions())
    compared = [line for line in lines if line.balancer.name != "importance"]
    spread = alpha_range(lines)
    assert (spread.lowest, spread.highest) == (compared[-1], compared[0])
    assert spread.times == pytest.approx(10.0 ** (len(lines) - 2))


def test_without_a_gradient_there_is_no_range_of_alphas():
    still = dataclasses.replace(
        made_up_conventions(), gradient_norm=np.zeros(len(made_up_conventions().names))
    )
    assert alpha_range(loss_lines(still)) is None
    assert alpha_range([]) is None


def test_one_factor_gives_another_capacity_in_another_library():
    lines = {each.convention.name: each for each in capacity_lines(made_up_conventions(), 1.0)}
    assert (lines["megatron"].slots, lines["flaxformer"].slots) == (50, 25)
    assert (lines["megatron"].per_assignment, lines["flaxformer"].per_assignment) == (1.0, 0.5)
    assert lines["megatron"].dropped == pytest.approx((30 + 10) / 400)
    assert lines["flaxformer"].dropped == pytest.approx((55 + 35 + 15 + 4 * 25) / 400)


def test_a_fraction_of_a_slot_holds_no_assignment():
    lines = {each.convention.name: each for each in capacity_lines(made_up_conventions(), 1.25)}
    assert lines["switch_paper"].slots == 31.25
    assert lines["switch_paper"].dropped == pytest.approx((49 + 29 + 9 + 4 * 19) / 400)


def losses(values) -> RunHistory:
    """An arm whose first expert computes three quarters of its share's double."""
    load, processed = [[0.75, 0.25]], [[0.5, 0.25]]
    return RunHistory.of(
        [
            snapshot(load, processed, step=i + 1, cross_entropy=value)
            for i, value in enumerate(values)
        ]
    )


def test_what_training_came_to_is_compared_on_the_steps_that_all_arms_have():
    rng = np.random.default_rng(0)
    a, b = 3 + rng.random(40), 2 + rng.random(30)
    tight, dropless = trained_at({"CF 0.5": losses(a), "dropless": losses(b)})
    assert tight.step == dropless.step == 30
    assert math.isnan(dropless.above_dropless)
    assert tight.cross_entropy == pytest.approx(a[10:30].mean(), rel=1e-6)
    assert tight.above_dropless == pytest.approx((a[10:30] - b[10:30]).mean(), rel=1e-5)
    assert tight.half_width == pytest.approx(half_width(a[10:30] - b[10:30]), rel=1e-5)
    assert tight.highest_processed == pytest.approx(1.0)
    assert tight.dropped == pytest.approx(0.25)
    assert tight.max_violation == pytest.approx(0.5)


def test_the_last_evaluation_counts_as_held_out():
    held_out = [np.nan, 2.5, np.nan]
    rows = [
        snapshot(step=i + 1, held_out_cross_entropy=np.full(2, value))
        for i, value in enumerate(held_out)
    ]
    (arm,) = trained_at({"dropless": RunHistory.of(rows)})
    assert arm.held_out == 2.5


def test_nothing_trained_is_no_line():
    assert trained_at({"CF 0.5": RunHistory.of([]), "dropless": losses([3.0])}) == ()
