"""Families with latent attention: DeepSeek-V2 and V3, Kimi-K2, A.X-K1, GLM-4.7-Flash, Mistral 4.

They differ in which layers have experts, in correction biases and in a norm. Every file must state
its sizes: the classes' defaults differ and belong to no released model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    alternating,
    decoder,
    dense,
    dense_first,
    mixture,
    with_shared,
)
from moeviz.accounting.families.layers import count_layers, listed
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import LatentAttention, MixtureFeedForward
from moeviz.accounting.weights import vector

METHODS = ("greedy", "group_limited_greedy")


def deepseek_v2(fields: Fields) -> Architecture:
    """`model_type` "deepseek_v2": no correction bias.

    Neither biases (`attention_bias`, `mlp_bias`) nor tied where not stated.
    """
    fields.word("topk_method", METHODS)
    bias = fields.flag("mlp_bias", default=False)
    return decoder(
        fields,
        alternating(
            fields,
            latent_attention(fields),
            dense_first(fields, count_layers(fields)),
            mixture=lambda f: limited_by_method(_mixture(f, bias), f),
            dense=lambda f: replace(dense(f), bias=bias),
        ),
    )


def deepseek_v3(fields: Fields) -> Architecture:
    """`model_type` "deepseek_v3" and, with the same fields, "kimi_k2": with correction biases.

    Neither biases nor tied where not stated. Multi-token prediction is not counted.
    """
    fields.word("topk_method", ("noaux_tc",), default="noaux_tc")
    return _with_correction(fields, dense_first(fields, count_layers(fields)))


def glm4_moe_lite(fields: Fields) -> Architecture:
    """`model_type` "glm4_moe_lite": as DeepSeek-V3.

    Layers are of the kinds that `mlp_layer_types` lists; without it `first_k_dense_replace` are
    dense, without either the first one is.
    """
    return _with_correction(fields, _listed_or_first(fields))


def axk1(fields: Fields) -> Architecture:
    """`model_type` "axk1": as DeepSeek-V3, and a further norm after each mixture.

    Kinds of layers as in `glm4_moe_lite`; queries always have a latent.
    """
    fields.size("q_lora_rank")
    extra = (vector("norms", "norm after the MoE", fields.size("hidden_size")),)
    layers = alternating(
        fields,
        latent_attention(fields),
        _listed_or_first(fields),
        mixture=lambda f: replace(_mixture(f), correction_bias=True, extra=extra),
    )
    return decoder(fields, layers)


def mistral4(fields: Fields) -> Architecture:
    """`model_type` "mistral4": as DeepSeek-V3 without correction biases."""
    experts = dense_first(fields, count_layers(fields))
    return decoder(fields, alternating(fields, latent_attention(fields), experts, mixture=_mixture))


def limited_by_method(mixed: MixtureFeedForward, fields: Fields) -> MixtureFeedForward:
    """DeepSeek-V2 has groups in its files whether or not `topk_method` chooses within them."""
    limited = fields.is_word("topk_method", "group_limited_greedy")
    return mixed if limited else replace(mixed, groups=None)


def latent_attention(fields: Fields) -> LatentAttention:
    """No `q_lora_rank`: queries are projected from the input."""
    return LatentAttention(
        fields.size("hidden_size"),
        fields.size("num_attention_heads"),
        fields.optional_size("q_lora_rank"),
        fields.size("kv_lora_rank"),
        fields.size("qk_nope_head_dim"),
        fields.size("qk_rope_head_dim"),
        fields.size("v_head_dim"),
        bias=fields.flag("attention_bias", default=False),
    )


def _mixture(fields: Fields, bias: bool = False) -> MixtureFeedForward:
    """With biases there must be shared experts: the class has an output bias even of none."""
    mixed = mixture(fields, experts=("n_routed_experts", "num_local_experts", "num_experts"))
    return with_shared(mixed, fields, "n_shared_experts", bias=bias, low=int(bias))


def _with_correction(fields: Fields, experts: Sequence[bool]) -> Architecture:
    layers = alternating(
        fields,
        latent_attention(fields),
        experts,
        mixture=lambda f: replace(_mixture(f), correction_bias=True),
    )
    return decoder(fields, layers)


def _listed_or_first(fields: Fields) -> tuple[bool, ...]:
    n_layers = count_layers(fields)
    return listed(fields, n_layers) or dense_first(fields, n_layers, default=1)
