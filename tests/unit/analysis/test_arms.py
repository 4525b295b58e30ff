"""What sets an arm apart in words, and the room of one expert."""

from __future__ import annotations

import pytest

from moeviz.analysis.arms import arm_summary, capacity_share
from moeviz.config import ArmConfig, dense_baseline


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"balancer": "none"}, "no load balancing, k = 1"),
        ({"balancer": "switch", "aux_coefficient": 0.02}, "α = 0.02, k = 1"),
        ({"balancer": "bias_sign", "top_k": 2}, "k = 2"),
        ({"balancer": "none", "capacity_factor": 1.25}, "no load balancing, k = 1, capacity 1.25"),
    ],
)
def test_a_summary_names_method_k_and_capacity_and_a_coefficient_where_the_method_has_one(
    knobs, words
):
    summary = arm_summary(ArmConfig.of("A", knobs))
    assert summary.endswith(words)
    assert ("α" in summary) == ("α" in words)


def test_a_dense_arm_is_its_hidden_units():
    dense = dense_baseline(ArmConfig.of("A", {"d_expert": 32, "top_k": 2}), "active", "Dense")
    # 2 · 32 of the experts, and 8 that have as many weights as the router of 16.
    assert arm_summary(dense) == "no router, 72 hidden units for every token"
    assert capacity_share(dense) is None


@pytest.mark.parametrize(
    ("knobs", "share"),
    [
        ({"n_experts": 64, "batch_size": 1, "context_length": 8}, 1 / 8),  # 1 of 8, not 1/64
        ({"n_experts": 8, "batch_size": 2, "context_length": 32, "top_k": 2}, 1 / 8),
        ({"n_experts": 3, "batch_size": 1, "context_length": 16, "top_k": 2}, 11 / 32),
        ({"n_experts": 8, "capacity_factor": None}, None),
    ],
)
def test_the_room_of_an_expert_is_rounded_up_as_the_model_does(knobs, share):
    assert capacity_share(ArmConfig.of("A", {"capacity_factor": 1.0, **knobs})) == share
