"""Cohere's mixture: attention and feed-forward side by side behind one norm."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    mixture_layers,
    sliding_layers,
)
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward


def cohere2_moe(fields: Fields) -> Architecture:
    """`model_type` "cohere2_moe". Tied, no dense layer and no shared expert by default."""
    return between_tables(fields, _layers(fields), tied=True)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    width = fields.size("intermediate_size")
    dense = DenseFeedForward(d_model, fields.size("prefix_dense_intermediate_size", default=width))
    n_experts = fields.size("num_experts")
    mixture = MixtureFeedForward(
        d_model,
        width,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=width * fields.size("num_shared_experts", low=0, default=0),
    )
    kinds = zip(sliding_layers(fields, layers), mixture_layers(fields, layers, 0), strict=True)
    for sliding, sparse in kinds:
        kind = f"{'window' if sliding else 'all positions'}, {'mixture' if sparse else 'dense'}"
        parts = (_attention(fields, sliding), mixture if sparse else dense)
        yield Stack(1, parts, d_model, kind)


def _attention(fields: Fields, sliding: bool) -> GroupedQueryAttention:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    bias = fields.flag("attention_bias", default=False)
    return GroupedQueryAttention(
        d_model,
        n_heads,
        fields.kv_heads(n_heads),
        fields.size("head_dim"),
        qkv_bias=bias,
        output_bias=bias,
        window=fields.size("sliding_window") if sliding else None,
    )
