"""Our router with transformers' weights chooses and weighs as its released models do."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import (
    DeepseekV3Config,
    GptOssConfig,
    MixtralConfig,
    OlmoeConfig,
    Qwen2MoeConfig,
)
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3TopkRouter
from transformers.models.gpt_oss.modeling_gpt_oss import GptOssTopKRouter
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock, MixtralTopKRouter
from transformers.models.olmoe.modeling_olmoe import OlmoeTopKRouter
from transformers.models.qwen2_moe.modeling_qwen2_moe import Qwen2MoeTopKRouter

from moeviz.config import ModelConfig, RoutingConfig
from moeviz.model.feed_forward import MoEFeedForward
from moeviz.routing.record import Routing
from tests.routed import routed

D_MODEL, N_EXPERTS, N_TOKENS = 16, 8, 100
K = pytest.mark.parametrize("top_k", [1, 2, 4, N_EXPERTS])
PLAIN, RENORMALISED, TOP_K_FIRST, SIGMOID = (
    "softmax_topk",
    "softmax_topk_renormalised",
    "topk_softmax",
    "sigmoid_bias_groups",
)


def drawn(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


X = drawn(N_TOKENS, D_MODEL, seed=0)


def with_weights(router: nn.Module) -> nn.Module:
    """The router with weights drawn anew; transformers leaves them empty or 0."""
    with torch.no_grad():
        for seed, parameter in enumerate(router.parameters()):
            parameter.copy_(drawn(*parameter.shape, seed=seed + 1) * 0.5)
    return router


def our_logits(router: nn.Module) -> Tensor:
    """Of our layer with the router's weight."""
    config = ModelConfig(n_experts=N_EXPERTS, d_model=D_MODEL, d_expert=16)
    layer = MoEFeedForward(config, torch.Generator().manual_seed(9))
    with torch.no_grad():
        layer.router.weight.copy_(router.weight)
    return layer.router(X)


def per_expert(weights: Tensor, index: Tensor) -> Tensor:
    """(T, E): each expert's weight, 0 where it was not chosen. The order of choices is lost."""
    return torch.zeros(N_TOKENS, N_EXPERTS).scatter(1, index, weights)


def agrees(ours: Routing, router: nn.Module, ordered: bool = True) -> None:
    """Logits, experts and weights of `router` for the same tokens."""
    logits, weights, index = router(X)
    torch.testing.assert_close(ours.router_logits, logits, rtol=1e-5, atol=1e-5)
    assert torch.equal(ours.expert_index.sort(-1).values, index.sort(-1).values)
    if ordered:
        assert torch.equal(ours.expert_index, index)
    torch.testing.assert_close(
        per_expert(ours.gate_weights, ours.expert_index),
        per_expert(weights, index),
        rtol=1e-5,
        atol=1e-5,
    )


def chooses_unevenly(ours: Routing) -> None:
    """Guards against a comparison that any constant answer would pass."""
    assert len(ours.expert_index[:, 0].unique()) > N_EXPERTS // 2
    assert ours.router_scores.std(0).min() > 0.02


@K
@pytest.mark.parametrize("rule", [RENORMALISED, TOP_K_FIRST])
def test_mixtral(top_k: int, rule: str):
    config = MixtralConfig(
        hidden_size=D_MODEL, num_local_experts=N_EXPERTS, num_experts_per_tok=top_k
    )
    router = with_weights(MixtralTopKRouter(config))
    ours = routed(our_logits(router), RoutingConfig(top_k=top_k, router=rule))
    agrees(ours, router)
    chooses_unevenly(ours)
    torch.testing.assert_close(ours.router_scores, router(X)[0].softmax(-1), rtol=1e-5, atol=1e-5)


@K
@pytest.mark.parametrize(("renormalised", "rule"), [(False, PLAIN), (True, RENORMALISED)])
@pytest.mark.parametrize(
    ("config_class", "router_class"),
    [(OlmoeConfig, OlmoeTopKRouter), (Qwen2MoeConfig, Qwen2MoeTopKRouter)],
    ids=["olmoe", "qwen2_moe"],
)
def test_olmoe_and_qwen(config_class, router_class, renormalised, rule, top_k):
    config = config_class(
        hidden_size=D_MODEL,
        num_experts=N_EXPERTS,
        num_experts_per_tok=top_k,
        norm_topk_prob=renormalised,
    )
    router = with_weights(router_class(config))
    ours = routed(our_logits(router), RoutingConfig(top_k=top_k, router=rule))
    agrees(ours, router)
    chooses_unevenly(ours)


@K
def test_gpt_oss(top_k: int):
    """Its router has a bias of its own on the logits, which ours has not."""
    config = GptOssConfig(
        hidden_size=D_MODEL, num_local_experts=N_EXPERTS, num_experts_per_tok=top_k
    )
    router = with_weights(GptOssTopKRouter(config))
    logits = our_logits(router) + router.bias
    ours = routed(logits, RoutingConfig(top_k=top_k, router=TOP_K_FIRST))
    agrees(ours, router)
    chooses_unevenly(ours)


def deepseek(
    top_k: int, n_groups: int, kept_groups: int, scale: float, renormalised: bool
) -> DeepseekV3TopkRouter:
    config = DeepseekV3Config(
        hidden_size=D_MODEL,
        n_routed_experts=N_EXPERTS,
        num_experts_per_tok=top_k,
        n_group=n_groups,
        topk_group=kept_groups,
        routed_scaling_factor=scale,
        norm_topk_prob=renormalised,
    )
    router = with_weights(DeepseekV3TopkRouter(config))
    router.e_score_correction_bias.copy_(drawn(N_EXPERTS, seed=5) * 0.2)
    return router


@pytest.mark.parametrize("scale", [1.0, 2.5])
@pytest.mark.parametrize(
    ("n_groups", "kept_groups", "top_k"),
    [(1, 1, 1), (1, 1, 2), (1, 1, 8), (2, 1, 4), (4, 1, 2), (4, 2, 3), (4, 3, 2), (4, 4, 8)],
)
def test_deepseek_v3(n_groups: int, kept_groups: int, top_k: int, scale: float):
    router = deepseek(top_k, n_groups, kept_groups, scale, renormalised=True)
    routing = RoutingConfig(
        top_k=top_k,
        router=SIGMOID,
        gate_scale=scale,
        n_groups=n_groups,
        kept_groups=kept_groups,
    )
    ours = routed(our_logits(router), routing, router.e_score_correction_bias)
    agrees(ours, router, ordered=False)
    chooses_unevenly(ours)
    if top_k < N_EXPERTS:
        unbiased = routed(our_logits(router), routing)
        assert not torch.equal(unbiased.expert_index, ours.expert_index)


def test_deepseek_v3s_weights_before_they_are_renormalised_are_our_scores():
    router = deepseek(3, 4, 2, scale=1.0, renormalised=False)
    routing = RoutingConfig(top_k=3, router=SIGMOID, n_groups=4, kept_groups=2)
    ours = routed(our_logits(router), routing, router.e_score_correction_bias)
    _, weights, index = router(X)
    torch.testing.assert_close(ours.router_scores.gather(1, index), weights, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("top_k", [1, 2])
def test_mixtrals_whole_block_computes_what_our_layer_does(top_k: int):
    config = MixtralConfig(
        hidden_size=D_MODEL,
        intermediate_size=32,
        num_local_experts=N_EXPERTS,
        num_experts_per_tok=top_k,
    )
    config._experts_implementation = "eager"
    block = with_weights(MixtralSparseMoeBlock(config))
    shape = ModelConfig(n_experts=N_EXPERTS, d_model=D_MODEL, d_expert=32, activation="swiglu")
    layer = MoEFeedForward(shape, torch.Generator().manual_seed(9))
    with torch.no_grad():
        layer.router.weight.copy_(block.gate.weight)
        layer.experts.w_in.copy_(block.experts.gate_up_proj.mT)
        layer.experts.w_out.copy_(block.experts.down_proj.mT)
    ours, _ = layer(X, RoutingConfig(top_k=top_k, router=RENORMALISED))
    theirs = block(X[None])[0]
    assert F.mse_loss(theirs, torch.zeros_like(theirs)) > 0.1
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
