"""LFM2-MoE: short convolutions with attention in between, mixtures after the first layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense, mixture
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.families.mixers import short_convolution
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward


def lfm2_moe(fields: Fields) -> Architecture:
    """`model_type` "lfm2_moe". Tied and with a correction bias unless the file says otherwise."""
    return between_tables(fields, _layers(fields), tied=True)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    kinds = fields.words("layer_types", layers, ("conv", "full_attention"))
    if kinds is None:
        raise fields.refuse("layer_types", "a list with conv or full_attention for each layer")
    n_dense = fields.size("num_dense_layers", low=0, high=MAX_LAYERS)
    without, mixed, attention = dense(fields), _mixture(fields), _attention(fields)
    bias = fields.flag("conv_bias", default=False)
    convolution = short_convolution(d_model, fields.size("conv_L_cache"), bias)
    for layer, kind in enumerate(kinds):
        mixer = convolution if kind == "conv" else attention
        feed_forward = without if layer < n_dense else mixed
        name = f"{'convolution' if kind == 'conv' else 'attention'}, " + (
            "dense" if layer < n_dense else "MoE"
        )
        yield Stack(1, (mixer, feed_forward), 2 * d_model, name)


def _mixture(fields: Fields) -> MixtureFeedForward:
    corrected = fields.flag("use_expert_bias", default=True)
    return replace(mixture(fields), correction_bias=corrected)


def _attention(fields: Fields) -> GroupedQueryAttention:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    n_kv_heads = fields.kv_heads(n_heads)
    head_dim = fields.head_dim(d_model, n_heads)
    return GroupedQueryAttention(d_model, n_heads, n_kv_heads, head_dim, qk_norm="per_head")
