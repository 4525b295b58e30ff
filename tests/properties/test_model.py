"""The MoE layer against the plain mixture, and the symmetries that it must have."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from moeviz.config import ModelConfig, RoutingConfig
from moeviz.model.feed_forward import MoEFeedForward
from moeviz.routing.record import Routing
from tests import oracles
from tests.routed import routed, through
from tests.strategies import model_configs, routing_cases, routing_configs, seeds


@dataclass(frozen=True)
class LayerCase:
    """What a layer, its input and its routing are made from; the test itself makes them."""

    config: ModelConfig
    routing: RoutingConfig
    n_tokens: int
    seed: int

    def build(self) -> tuple[MoEFeedForward, torch.Tensor, RoutingConfig]:
        generator = torch.Generator().manual_seed(self.seed)
        layer = MoEFeedForward(self.config, generator)
        return (
            layer,
            torch.randn(self.n_tokens, self.config.d_model, generator=generator),
            self.routing,
        )


@st.composite
def layer_cases(draw: st.DrawFn, dropless: bool = False) -> LayerCase:
    """A small layer and a routing that it can do."""
    config = draw(model_configs())
    routing = draw(routing_configs(config.n_experts, dropless=dropless))
    return LayerCase(config, routing, draw(st.integers(1, 10)), draw(seeds))


@dataclass(frozen=True)
class RoutedCase:
    """Logits, a selection bias and a routing that goes with so many experts."""

    router_logits: torch.Tensor
    bias: torch.Tensor
    routing: RoutingConfig

    @property
    def n_experts(self) -> int:
        return self.router_logits.shape[1]

    def build(self, barred: torch.Tensor | None = None) -> tuple[Routing, RoutingConfig]:
        return routed(self.router_logits, self.routing, self.bias, barred), self.routing


@st.composite
def routed_logits(draw: st.DrawFn) -> RoutedCase:
    """From even routers to collapsed ones, which drop and re-route much."""
    case = draw(routing_cases(max_tokens=16, max_experts=8).filter(lambda case: case.n_experts > 1))
    bias = torch.randn(case.n_experts, generator=torch.Generator().manual_seed(draw(seeds)))
    strength = draw(st.sampled_from([0.0, 0.5]))
    return RoutedCase(case.router_logits, strength * bias, draw(routing_configs(case.n_experts)))


def plain_mixture(layer: MoEFeedForward, x: torch.Tensor, routing: Routing) -> torch.Tensor:
    kept = routing.kept
    if kept is None:
        kept = torch.ones_like(routing.expert_index, dtype=torch.bool)
    experts = list(zip(layer.experts.w_in.tolist(), layer.experts.w_out.tolist(), strict=True))
    return torch.tensor(
        oracles.mixture(
            x.tolist(),
            routing.expert_index.tolist(),
            routing.gate_weights.tolist(),
            kept.tolist(),
            experts,
            layer.experts.activation,
        )
    )


def close(ours: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-4)


@given(layer_cases())
def test_the_layer_is_the_weighted_sum_of_the_experts_that_kept_the_token(case: LayerCase):
    layer, x, routing = case.build()
    y, facts = through(layer, x, routing)
    close(y, plain_mixture(layer, x, facts))


@given(layer_cases())
def test_its_router_scores_one_matrix_product_by_the_rule(case: LayerCase):
    layer, x, routing = case.build()
    _, facts = through(layer, x, routing)
    router, (plain, _) = layer.router.weight.t().tolist(), oracles.RULES[routing.router]
    for token, row in enumerate(x.tolist()):
        scores = plain(oracles.times(row, router))
        assert facts.router_scores[token].tolist() == pytest.approx(scores, abs=1e-5)
        probs = [score / sum(scores) for score in scores]
        assert facts.router_probs[token].tolist() == pytest.approx(probs, abs=1e-5)


@given(routed_logits())
@settings(max_examples=300)
def test_a_route_chooses_slots_and_weighs_as_the_papers_do(case: RoutedCase):
    """Each part against the plain one, upon what the part before it said."""
    facts, config = case.build()
    n_tokens, n_experts = facts.router_logits.shape
    ranked = [
        oracles.within_kept_groups(row, config.n_groups, config.kept_groups)
        for row in (facts.router_scores + case.bias).tolist()
    ]
    assert facts.selection_scores.tolist() == ranked
    chosen = [oracles.top_k(row, config.top_k) for row in ranked]
    assert facts.chosen_index.tolist() == chosen
    _, plain = oracles.RULES[config.router]
    for token, logits in enumerate(facts.router_logits.tolist()):
        gates = plain(logits, facts.expert_index[token].tolist())
        expected = [config.gate_scale * gate for gate in gates]
        assert facts.gate_weights[token].tolist() == pytest.approx(expected, rel=1e-4, abs=1e-7)
    if config.capacity_factor is None:
        assert facts.kept is None
        assert facts.queue_place is None
        assert torch.equal(facts.expert_index, facts.chosen_index)
        return
    room = oracles.capacity(n_tokens, n_experts, config.top_k, str(config.capacity_factor))
    if config.drop_policy == "reroute":
        index, places, kept = oracles.rerouted(chosen, ranked, room)
        assert facts.kept.tolist() == kept
    else:
        index, places = chosen, facts.queue_place.tolist()
        assert torch.equal(facts.kept, facts.queue_place < room)
    if config.drop_policy in oracles.ORDERS:
        own = facts.router_scores.gather(-1, facts.chosen_index)
        order = oracles.ORDERS[config.drop_policy](own.tolist())
        places = oracles.queue_places(chosen, order)
    assert facts.expert_index.tolist() == index
    assert facts.queue_place.tolist() == places


@given(routed_logits())
def test_a_barred_expert_is_never_chosen_and_never_given_a_slot(case: RoutedCase):
    free, config = case.build()
    room = case.n_experts // config.n_groups * config.kept_groups
    assume(config.top_k < room)
    barred = torch.zeros_like(free.router_logits, dtype=torch.bool)
    barred.scatter_(1, free.chosen_index[:, :1], True)
    facts, _ = case.build(barred)
    for index in (facts.chosen_index, facts.expert_index):
        assert not barred.gather(1, index).any()
    assert facts.chosen_index[:, : config.top_k - 1].equal(free.chosen_index[:, 1:])
    assert facts.router_scores.equal(free.router_scores)


@given(layer_cases(dropless=True))
def test_permuting_tokens_permutes_outputs(case: LayerCase):
    layer, x, routing = case.build()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    close(through(layer, x[order], routing)[0], through(layer, x, routing)[0][order])


@given(layer_cases())
def test_relabelling_experts_leaves_outputs(case: LayerCase):
    """Groups change their places, and experts theirs within a group."""
    layer, x, routing = case.build()
    before, facts = through(layer, x, routing)
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(layer.router.out_features).view(routing.n_groups, -1)
    labels = labels[torch.randperm(routing.n_groups, generator=generator)]
    order = labels[:, torch.randperm(labels.shape[1], generator=generator)].flatten()
    with torch.no_grad():
        for weight in (layer.router.weight, layer.experts.w_in, layer.experts.w_out):
            weight.copy_(weight[order].clone())
    after, relabelled = through(layer, x, routing)
    close(after, before)
    assert torch.equal(order[relabelled.chosen_index], facts.chosen_index)
    assert torch.equal(order[relabelled.expert_index], facts.expert_index)


@given(layer_cases())
def test_every_slot_is_computed_or_dropped(case: LayerCase):
    layer, x, routing = case.build()
    _, facts = through(layer, x, routing)
    n_experts, slots = layer.router.out_features, len(x) * routing.top_k
    assert facts.chosen_index.numel() == facts.expert_index.numel() == slots
    if facts.kept is not None:
        room = oracles.capacity(len(x), n_experts, routing.top_k, str(routing.capacity_factor))
        asked = facts.chosen_index.flatten().bincount(minlength=n_experts)
        computed = facts.expert_index[facts.kept].bincount(minlength=n_experts)
        assert computed.sum().item() == slots - (~facts.kept).sum().item()
        assert (computed >= asked.clamp(max=room)).all()
        assert (computed <= room).all()


@given(seeds, st.sampled_from(["gelu", "swiglu"]), st.sampled_from(list(oracles.RULES)))
def test_taking_all_experts_is_the_soft_mixture(seed, activation, rule):
    """K = E: y = γ Σ_i s_i / Σ_j s_j · FFN_i(x), with nothing selected; s = softmax sums to 1."""
    config = ModelConfig(n_experts=3, d_model=16, d_expert=16, activation=activation)
    generator = torch.Generator().manual_seed(seed)
    layer = MoEFeedForward(config, generator)
    x = torch.randn(4, 16, generator=generator)
    y, _ = through(layer, x, RoutingConfig(top_k=3, router=rule, gate_scale=2.5))
    router, n_tokens = layer.router.weight.t().tolist(), len(x)
    scores = [oracles.RULES[rule][0](oracles.times(row, router)) for row in x.tolist()]
    soft = oracles.mixture(
        x.tolist(),
        [[0, 1, 2]] * n_tokens,
        [[2.5 * score / sum(row) for score in row] for row in scores],
        [[True] * 3] * n_tokens,
        list(zip(layer.experts.w_in.tolist(), layer.experts.w_out.tolist(), strict=True)),
        activation,
    )
    close(y, torch.tensor(soft))
