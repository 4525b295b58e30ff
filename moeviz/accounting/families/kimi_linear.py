"""Kimi Linear and Ling 3.0: delta attention with latent attention in some layers."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import (
    linear_layers,
    mixture_layers,
    n_layers,
    refuse_tied,
    stacked,
)
from moeviz.accounting.families.mixers import kimi_delta_attention
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    LatentAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import Weights, matrix


def kimi_linear(fields: Fields) -> Architecture:
    """`model_type` "kimi_linear". Sizes of linear attention here or in `linear_attn_config`."""
    linear = fields
    n_heads, head_dim, kernel = "linear_num_heads", "linear_head_dim", "linear_conv_kernel_dim"
    if fields.has("linear_attn_config"):
        linear = fields.inner("linear_attn_config")
        n_heads, head_dim, kernel = "num_heads", "head_dim", "short_conv_kernel_size"
    mixer = kimi_delta_attention(
        fields.size("hidden_size"),
        linear.size(n_heads),
        linear.size(head_dim),
        linear.size(kernel),
        low_rank=True,
    )
    layers = n_layers(fields)
    listed = linear.sizes("kda_layers", low=1)
    default = None if listed is None else tuple(n in listed for n in range(1, layers + 1))
    attention = _attention(fields, fields.optional_size("q_lora_rank"), ())
    return _architecture(fields, mixer, attention, linear_layers(fields, layers, default))


def bailing_hybrid(fields: Fields) -> Architecture:
    """`model_type` "bailing_hybrid": one gate a head on latent attention.

    Without `layer_types`, latent attention is in every `layer_group_size`-th layer. Files saved
    again name the width of a linear head `linear_head_dim`; their `head_dim` means another.
    """
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    mixer = kimi_delta_attention(
        d_model,
        fields.size("linear_num_heads", default=n_heads),
        fields.size("linear_head_dim" if fields.has("linear_head_dim") else "head_dim"),
        fields.size("linear_conv_kernel_dim", "short_conv_kernel_size"),
        low_rank=False,
    )
    layers = n_layers(fields)
    default = None
    if not fields.has("layer_types"):
        group = fields.size("layer_group_size")
        default = tuple((layer + 1) % group != 0 for layer in range(layers))
    gate = matrix("attention", "output gate", d_model, n_heads)
    attention = _attention(fields, None, (gate,))
    return _architecture(fields, mixer, attention, linear_layers(fields, layers, default))


def _architecture(
    fields: Fields, mixer: FixedMixer, attention: LatentAttention, linear: tuple[bool, ...]
) -> Architecture:
    refuse_tied(fields)
    d_model = fields.size("hidden_size")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(_layers(fields, mixer, attention, linear)),
        final_norm=d_model,
    )


def _layers(
    fields: Fields, mixer: FixedMixer, attention: LatentAttention, linear: tuple[bool, ...]
) -> Iterable[Stack]:
    d_model, mixture = fields.size("hidden_size"), _mixture(fields)
    dense = DenseFeedForward(d_model, fields.size("intermediate_size"))
    for fixed, sparse in zip(linear, mixture_layers(fields, len(linear)), strict=True):
        kind = f"{'delta' if fixed else 'latent'} attention, {'mixture' if sparse else 'dense'}"
        parts = (mixer if fixed else attention, mixture if sparse else dense)
        yield Stack(1, parts, 2 * d_model, kind)


def _attention(fields: Fields, q_rank: int | None, extra: tuple[Weights, ...]) -> LatentAttention:
    return LatentAttention(
        fields.size("hidden_size"),
        fields.size("num_attention_heads"),
        q_rank,
        fields.size("kv_lora_rank"),
        fields.size("qk_nope_head_dim"),
        fields.size("qk_rope_head_dim"),
        fields.size("v_head_dim"),
        bias=fields.flag("attention_bias", default=False),
        extra=extra,
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts = fields.size("num_experts", "num_local_experts")
    d_expert = fields.size("moe_intermediate_size")
    return MixtureFeedForward(
        fields.size("hidden_size"),
        d_expert,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_token", "num_experts_per_tok"),
        d_shared=d_expert * fields.size("num_shared_experts", "n_shared_experts"),
        correction_bias=True,
    )
