"""Qwen3-Next and Qwen3.5: gated DeltaNet with gated attention in every fourth layer."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import linear_layers, n_layers, stacked
from moeviz.accounting.families.mixers import gated_delta_net
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import vector


def qwen3_next(fields: Fields) -> Architecture:
    """`model_type` "qwen3_next". Dense layers: in `mlp_only_layers` or between sparse steps."""
    layers = n_layers(fields)
    step = fields.size("decoder_sparse_step", default=1)
    dense = frozenset(fields.sizes("mlp_only_layers") or ())
    return _architecture(
        fields, [layer not in dense and (layer + 1) % step == 0 for layer in range(layers)]
    )


def qwen3_5_moe_text(fields: Fields) -> Architecture:
    """`model_type` "qwen3_5_moe_text": every layer a mixture."""
    return _architecture(fields, [True] * n_layers(fields))


def _architecture(fields: Fields, sparse: list[bool]) -> Architecture:
    d_model = fields.size("hidden_size")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(_layers(fields, sparse)),
        tied=fields.flag("tie_word_embeddings", default=False),
        final_norm=d_model,
    )


def _layers(fields: Fields, sparse: list[bool]) -> Iterable[Stack]:
    """Without `layer_types`, attention in every `full_attention_interval`-th layer, 4 by itself."""
    d_model = fields.size("hidden_size")
    interval = fields.size("full_attention_interval", default=4)
    default = tuple((layer + 1) % interval != 0 for layer in range(len(sparse)))
    attention, mixer, mixture = _attention(fields), _delta_net(fields), _mixture(fields)
    for linear, mixed in zip(linear_layers(fields, len(sparse), default), sparse, strict=True):
        feed_forward = (
            mixture if mixed else DenseFeedForward(d_model, fields.size("intermediate_size"))
        )
        kind = f"{'linear' if linear else 'full'} attention, {'mixture' if mixed else 'dense'}"
        yield Stack(1, (mixer if linear else attention, feed_forward), 2 * d_model, kind)


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts = fields.size("num_experts", "num_local_experts")
    return MixtureFeedForward(
        fields.size("hidden_size"),
        fields.size("moe_intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=fields.size("shared_expert_intermediate_size"),
        shared_gate=True,
    )


def _attention(fields: Fields) -> GroupedQueryAttention:
    """Gated; a bias of the queries comes with one of their gate."""
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    head_dim = fields.size("head_dim")
    bias = fields.flag("attention_bias", default=False)
    return GroupedQueryAttention(
        d_model,
        n_heads,
        fields.kv_heads(n_heads),
        head_dim,
        qkv_bias=bias,
        output_bias=bias,
        qk_norm="per_head",
        gate="elementwise",
        extra=(vector("attention", "gate bias", n_heads * head_dim),) if bias else (),
    )


def _delta_net(fields: Fields) -> FixedMixer:
    return gated_delta_net(
        fields.size("hidden_size"),
        (fields.size("linear_num_key_heads"), fields.size("linear_key_head_dim")),
        (fields.size("linear_num_value_heads"), fields.size("linear_value_head_dim")),
        fields.size("linear_conv_kernel_dim"),
    )
