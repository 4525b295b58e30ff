"""The MoE layer against the plain mixture, and the symmetries that it must have."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from moeviz.config import ModelConfig, RoutingConfig
from moeviz.model.feed_forward import LayerRouting, MoEFeedForward
from tests import oracles
from tests.strategies import model_configs, routing_configs, seeds


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


def plain_mixture(layer: MoEFeedForward, x: torch.Tensor, routing: LayerRouting) -> torch.Tensor:
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
    y, facts = layer(x, routing)
    close(y, plain_mixture(layer, x, facts))


@given(layer_cases())
def test_its_router_is_a_softmax_of_one_matrix_product(case: LayerCase):
    layer, x, routing = case.build()
    _, facts = layer(x, routing)
    router = layer.router.weight.t().tolist()
    for row, probs in zip(x.tolist(), facts.router_probs.tolist(), strict=True):
        assert probs == pytest.approx(oracles.softmax(oracles.times(row, router)), abs=1e-5)


@given(layer_cases(dropless=True))
def test_permuting_tokens_permutes_outputs(case: LayerCase):
    layer, x, routing = case.build()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    close(layer(x[order], routing)[0], layer(x, routing)[0][order])


@given(layer_cases())
def test_relabelling_experts_leaves_outputs(case: LayerCase):
    layer, x, routing = case.build()
    before, facts = layer(x, routing)
    order = torch.randperm(layer.router.out_features, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for weight in (layer.router.weight, layer.experts.w_in, layer.experts.w_out):
            weight.copy_(weight[order].clone())
    after, relabelled = layer(x, routing)
    close(after, before)
    assert torch.equal(order[relabelled.expert_index], facts.expert_index)


@given(layer_cases())
def test_every_slot_is_computed_or_dropped(case: LayerCase):
    layer, x, routing = case.build()
    _, facts = layer(x, routing)
    n_experts = layer.router.out_features
    sent = facts.expert_index.flatten().bincount(minlength=n_experts)
    assert sent.sum().item() == len(x) * routing.top_k
    if facts.kept is not None:
        computed = facts.expert_index[facts.kept].bincount(minlength=n_experts)
        assert (computed <= sent).all()
        assert computed.sum().item() == len(x) * routing.top_k - (~facts.kept).sum().item()


@given(seeds, st.sampled_from(["gelu", "swiglu"]))
def test_taking_all_experts_is_the_soft_mixture(seed, activation):
    """K = E: y = Σ_i softmax(x · W)_i · FFN_i(x), with nothing selected."""
    config = ModelConfig(n_experts=3, d_model=16, d_expert=16, activation=activation)
    generator = torch.Generator().manual_seed(seed)
    layer = MoEFeedForward(config, generator)
    x = torch.randn(4, 16, generator=generator)
    y, _ = layer(x, RoutingConfig(top_k=3))
    router, n_tokens = layer.router.weight.t().tolist(), len(x)
    soft = oracles.mixture(
        x.tolist(),
        [[0, 1, 2]] * n_tokens,
        [oracles.softmax(oracles.times(row, router)) for row in x.tolist()],
        [[True] * 3] * n_tokens,
        list(zip(layer.experts.w_in.tolist(), layer.experts.w_out.tolist(), strict=True)),
        activation,
    )
    close(y, torch.tensor(soft))
