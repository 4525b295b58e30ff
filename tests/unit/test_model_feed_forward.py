"""The MoE layer and its dense sibling: what a dropped token gets, and what the layer tells."""

from __future__ import annotations

import pytest
import torch

from moeviz.config import ModelConfig, RoutingConfig
from moeviz.model.feed_forward import DenseFeedForward, MoEFeedForward

SMALL = ModelConfig(n_experts=4, d_model=16, d_expert=16)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def moe() -> MoEFeedForward:
    return MoEFeedForward(SMALL, generator())


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(24, 16, generator=generator(1))


def test_a_token_dropped_by_its_only_expert_gets_exactly_zero(moe, x):
    y, routing = moe(x, RoutingConfig(top_k=1, capacity_factor=0.5))
    dropped = ~routing.kept[:, 0]
    assert dropped.any()
    assert torch.equal(y[dropped], torch.zeros_like(y[dropped]))
    assert (y[~dropped].abs().sum(-1) > 0).all()


def test_dropping_a_slot_takes_away_its_experts_part_and_nothing_else(moe, x):
    tight, routing = moe(x, RoutingConfig(top_k=2, capacity_factor=0.5))
    alone = moe.experts(x, routing.expert_index, routing.gate_weights, ~routing.kept)
    free, _ = moe(x, RoutingConfig(top_k=2))
    torch.testing.assert_close(tight + alone, free)


def test_without_a_capacity_nothing_is_dropped_and_ample_capacity_changes_nothing(moe, x):
    free, routing = moe(x, RoutingConfig(top_k=2))
    ample, kept = moe(x, RoutingConfig(top_k=2, capacity_factor=4.0))
    assert routing.kept is None
    assert kept.kept.all()
    assert torch.equal(free, ample)


@pytest.mark.parametrize("policy", ["position", "probability"])
@pytest.mark.parametrize(("top_k", "capacity"), [(1, 5), (2, 9), (4, 18)])
def test_each_expert_computes_up_to_its_capacity(moe, x, policy, top_k, capacity):
    """Room for ⌈0.75 · k · 24 / 4⌉ slots, filled wherever there are enough."""
    routing = RoutingConfig(top_k=top_k, capacity_factor=0.75, drop_policy=policy)
    _, facts = moe(x, routing)
    sent = facts.expert_index.flatten().bincount(minlength=4)
    computed = facts.expert_index[facts.kept].bincount(minlength=4)
    assert sent.max() > capacity
    assert computed.tolist() == sent.clamp(max=capacity).tolist()


def test_the_drop_policy_decides_who_is_dropped_not_how_many(moe, x):
    by_position, by_probability = (
        moe(x, RoutingConfig(capacity_factor=0.5, drop_policy=policy))[1]
        for policy in ("position", "probability")
    )
    assert by_position.kept.sum() == by_probability.kept.sum()
    assert not torch.equal(by_position.kept, by_probability.kept)
    kept, dropped = (
        by_probability.gate_weights[mask] for mask in (by_probability.kept, ~by_probability.kept)
    )
    assert kept.mean() > dropped.mean()


def test_noise_comes_only_with_a_generator(moe, x):
    noisy = RoutingConfig(router_noise=1.0)
    quiet, _ = moe(x, RoutingConfig())
    assert torch.equal(moe(x, noisy)[0], quiet)
    assert torch.equal(moe(x, noisy)[0], quiet)
    assert not torch.equal(moe(x, noisy, generator=generator())[0], quiet)


def test_a_selection_bias_reroutes_without_changing_probabilities(moe, x):
    bias = torch.tensor([0.0, 0.0, 0.0, 10.0])
    _, plain = moe(x, RoutingConfig())
    _, biased = moe(x, RoutingConfig(), bias)
    assert (biased.expert_index == 3).all()
    assert torch.equal(biased.router_probs, plain.router_probs)
    assert torch.equal(biased.gate_weights[:, 0], plain.router_probs[:, 3])


def test_the_language_model_loss_alone_trains_the_router_at_one_expert_per_token(moe, x):
    moe(x, RoutingConfig(top_k=1))[0].square().sum().backward()
    assert moe.router.weight.grad.abs().max() > 0


def test_an_expert_without_tokens_gets_no_gradient(moe, x):
    bias = torch.tensor([0.0, 0.0, 0.0, 10.0])
    moe(x, RoutingConfig(), bias)[0].sum().backward()
    busy = moe.experts.w_in.grad.abs().sum((1, 2)) > 0
    assert busy.tolist() == [False, False, False, True]


@pytest.mark.parametrize("activation", ["gelu", "swiglu"])
def test_equal_experts_with_all_chosen_are_one_dense_network(x, activation):
    config = ModelConfig(n_experts=4, d_model=16, d_expert=16, activation=activation)
    moe = MoEFeedForward(config, generator())
    dense = DenseFeedForward(
        ModelConfig(d_model=16, dense_width=16, activation=activation), generator(5)
    )
    with torch.no_grad():
        moe.experts.w_in.copy_(dense.w_in.weight.t().expand_as(moe.experts.w_in))
        moe.experts.w_out.copy_(dense.w_out.weight.t().expand_as(moe.experts.w_out))
    torch.testing.assert_close(moe(x, RoutingConfig(top_k=4))[0], dense(x))
