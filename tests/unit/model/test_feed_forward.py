"""The MoE layer and its dense sibling: what a dropped token gets, and what the layer tells."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from moeviz.config import DROP_POLICIES, ModelConfig, RoutingConfig
from moeviz.model.feed_forward import DenseFeedForward, MoEFeedForward
from moeviz.routing.routers import ROUTERS
from tests.routed import experts_sum, through

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
    y, routing = through(moe, x, RoutingConfig(top_k=1, capacity_factor=0.5))
    dropped = ~routing.kept[:, 0]
    assert dropped.any()
    assert torch.equal(y[dropped], torch.zeros_like(y[dropped]))
    assert (y[~dropped].abs().sum(-1) > 0).all()


def test_dropping_a_slot_takes_away_its_experts_part_and_nothing_else(moe, x):
    tight, routing = through(moe, x, RoutingConfig(top_k=2, capacity_factor=0.5))
    alone = experts_sum(moe.experts, x, routing.expert_index, routing.gate_weights, ~routing.kept)
    free, _ = through(moe, x, RoutingConfig(top_k=2))
    torch.testing.assert_close(tight + alone, free)


def test_without_a_capacity_nothing_is_dropped_and_ample_capacity_changes_nothing(moe, x):
    free, routing = through(moe, x, RoutingConfig(top_k=2))
    ample, kept = through(moe, x, RoutingConfig(top_k=2, capacity_factor=4.0))
    assert routing.kept is None
    assert kept.kept.all()
    assert torch.equal(free, ample)


KEEPING_CHOICES = [policy for policy in DROP_POLICIES if policy != "reroute"]


@pytest.mark.parametrize("policy", KEEPING_CHOICES)
@pytest.mark.parametrize(("top_k", "capacity"), [(1, 5), (2, 9), (4, 18)])
def test_each_expert_computes_up_to_its_capacity(moe, x, policy, top_k, capacity):
    """Room for ⌈0.75 · k · 24 / 4⌉ slots, filled wherever there are enough."""
    routing = RoutingConfig(top_k=top_k, capacity_factor=0.75, drop_policy=policy)
    _, facts = through(moe, x, routing)
    sent = facts.expert_index.flatten().bincount(minlength=4)
    computed = facts.expert_index[facts.kept].bincount(minlength=4)
    assert sent.max() > capacity
    assert computed.tolist() == sent.clamp(max=capacity).tolist()


def test_the_drop_policy_decides_who_is_dropped_not_how_many(moe, x):
    facts = {
        policy: through(moe, x, RoutingConfig(top_k=2, capacity_factor=0.5, drop_policy=policy))[1]
        for policy in KEEPING_CHOICES
    }
    assert len({each.kept.sum().item() for each in facts.values()}) == 1
    assert len({tuple(each.kept.flatten().tolist()) for each in facts.values()}) == 4
    by_probability = facts["probability"]
    kept, dropped = (
        by_probability.gate_weights[mask] for mask in (by_probability.kept, ~by_probability.kept)
    )
    assert kept.mean() > dropped.mean()


def test_rerouting_computes_what_was_dropped_by_another_expert_with_that_experts_weight(moe, x):
    config = RoutingConfig(capacity_factor=1.0, drop_policy="reroute")
    y, routing = through(moe, x, config)
    moved = routing.expert_index != routing.chosen_index
    assert moved.any()
    assert routing.kept.all()
    assert routing.expert_index.flatten().bincount(minlength=4).tolist() == [6] * 4
    assert torch.equal(routing.gate_weights, routing.router_probs.gather(1, routing.expert_index))
    torch.testing.assert_close(
        y, experts_sum(moe.experts, x, routing.expert_index, routing.gate_weights, None)
    )
    assert torch.equal(routing.chosen_index, through(moe, x, RoutingConfig())[1].expert_index)


@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_the_gate_scale_scales_the_output_and_decides_nothing(moe, x, policy):
    config = RoutingConfig(top_k=2, capacity_factor=0.75, drop_policy=policy)
    y, routing = through(moe, x, config)
    louder, scaled = through(moe, x, dataclasses.replace(config, gate_scale=2.5))
    torch.testing.assert_close(louder, 2.5 * y)
    assert torch.equal(scaled.gate_weights, 2.5 * routing.gate_weights)
    assert torch.equal(scaled.kept, routing.kept)
    assert torch.equal(scaled.expert_index, routing.expert_index)


def test_groups_keep_a_token_among_neighbours(moe, x):
    _, free = through(moe, x, RoutingConfig(top_k=2))
    _, grouped = through(moe, x, RoutingConfig(top_k=2, n_groups=2, kept_groups=1))
    assert (free.expert_index[:, 0] // 2 != free.expert_index[:, 1] // 2).any()
    assert (grouped.expert_index[:, 0] // 2 == grouped.expert_index[:, 1] // 2).all()
    assert torch.equal(grouped.router_scores, free.router_scores)


@pytest.mark.parametrize("policy", DROP_POLICIES)
def test_no_gradient_reaches_the_bias_or_the_slots(moe, x, policy):
    """The router's gradient is that of the weights, with every slot where it sits."""
    config = RoutingConfig(top_k=2, capacity_factor=0.75, drop_policy=policy)
    bias = torch.zeros(4, requires_grad=True)
    y, routing = through(moe, x, config, bias)
    (ours,) = torch.autograd.grad(y.square().sum(), moe.router.weight, retain_graph=True)
    y.square().sum().backward()
    assert bias.grad is None
    gates = moe.router(x).softmax(-1).gather(1, routing.expert_index)
    fixed = experts_sum(moe.experts, x, routing.expert_index, gates, routing.kept)
    (expected,) = torch.autograd.grad(fixed.square().sum(), moe.router.weight)
    torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("rule", [name for name in ROUTERS if name != "softmax_topk"])
def test_renormalised_the_language_model_loss_alone_teaches_the_router_nothing_at_one_expert(
    moe, x, rule
):
    through(moe, x, RoutingConfig(top_k=1, router=rule))[0].square().sum().backward()
    assert torch.equal(moe.router.weight.grad, torch.zeros_like(moe.router.weight))
    assert moe.experts.w_in.grad.abs().max() > 0


def test_noise_comes_only_with_a_generator(moe, x):
    noisy = RoutingConfig(router_noise=1.0)
    quiet, _ = through(moe, x, RoutingConfig())
    assert torch.equal(through(moe, x, noisy)[0], quiet)
    assert torch.equal(through(moe, x, noisy)[0], quiet)
    assert not torch.equal(through(moe, x, noisy, generator=generator())[0], quiet)


def test_a_selection_bias_reroutes_without_changing_probabilities(moe, x):
    bias = torch.tensor([0.0, 0.0, 0.0, 10.0])
    _, plain = through(moe, x, RoutingConfig())
    _, biased = through(moe, x, RoutingConfig(), bias)
    assert (biased.expert_index == 3).all()
    assert torch.equal(biased.router_probs, plain.router_probs)
    assert torch.equal(biased.gate_weights[:, 0], plain.router_probs[:, 3])


def test_the_language_model_loss_alone_trains_the_router_at_one_expert_per_token(moe, x):
    through(moe, x, RoutingConfig(top_k=1))[0].square().sum().backward()
    assert moe.router.weight.grad.abs().max() > 0


def test_an_expert_without_tokens_gets_no_gradient(moe, x):
    bias = torch.tensor([0.0, 0.0, 0.0, 10.0])
    through(moe, x, RoutingConfig(), bias)[0].sum().backward()
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
    torch.testing.assert_close(through(moe, x, RoutingConfig(top_k=4))[0], dense(x))
