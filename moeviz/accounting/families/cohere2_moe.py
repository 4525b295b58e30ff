"""Cohere's mixture: attention and feed-forward side by side behind one norm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import biased, grouped_query
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    layer_kind,
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
    windows = sliding_layers(fields, layers, _usual_windows(fields, layers))
    for sliding, sparse in zip(windows, mixture_layers(fields, layers, 0), strict=True):
        kind = layer_kind(sliding, sparse)
        parts = (_attention(fields, sliding), mixture if sparse else dense)
        yield Stack(1, parts, d_model, kind)


def _usual_windows(fields: Fields, layers: int) -> tuple[bool, ...] | None:
    """Without `layer_types`, all layers but each `sliding_window_pattern`-th have a window.

    The dense layers at the front follow a pattern of their own.
    """
    if fields.states("layer_types"):
        return None
    dense = min(fields.size("first_k_dense_replace", low=0, default=0), layers)
    spans = (
        (dense, "prefix_dense_sliding_window_pattern"),
        (layers - dense, "sliding_window_pattern"),
    )
    return tuple(
        (layer + 1) % fields.size(pattern) != 0 for span, pattern in spans for layer in range(span)
    )


def _attention(fields: Fields, sliding: bool) -> GroupedQueryAttention:
    attention = grouped_query(fields, fields.size("head_dim"))
    window = fields.size("sliding_window") if sliding else None
    return replace(biased(attention, fields.flag("attention_bias", default=False)), window=window)
