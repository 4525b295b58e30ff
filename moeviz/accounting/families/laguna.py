"""Laguna: gated attention whose number of heads may differ by layer, one shared expert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense, mixture
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    layer_kind,
    mixture_layers,
    sliding_layers,
)
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward, Part


def laguna(fields: Fields) -> Architecture:
    """`model_type` "laguna".

    The format's own defaults: all layers see all positions and have `num_attention_heads`, the
    first is dense, the gate of attention is one number a head.
    """
    return between_tables(fields, _layers(fields), tied=False)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    heads = fields.sizes("num_attention_heads_per_layer", layers, low=1)
    heads = heads or (fields.size("num_attention_heads"),) * layers
    sliding, sparse = (
        sliding_layers(fields, layers, (False,) * layers),
        mixture_layers(fields, layers, 1),
    )
    feeds: dict[bool, Part] = {True: _mixture(fields), False: dense(fields)}
    for n_heads, windowed, mixed in zip(heads, sliding, sparse, strict=True):
        kind = layer_kind(windowed, mixed)
        parts = (_attention(fields, n_heads, windowed), feeds[mixed])
        yield Stack(1, parts, 2 * d_model, kind)


def _attention(fields: Fields, n_heads: int, sliding: bool) -> GroupedQueryAttention:
    bias = fields.flag("attention_bias", default=False)
    per_head = not fields.has("gating") or fields.is_word("gating", "per-head")
    per_head = per_head or fields.flag("gating")
    return GroupedQueryAttention(
        fields.size("hidden_size"),
        n_heads,
        fields.size("num_key_value_heads", high=n_heads),
        fields.size("head_dim"),
        qkv_bias=bias,
        output_bias=bias,
        qk_norm="per_head",
        window=fields.size("sliding_window") if sliding else None,
        gate="per_head" if per_head else "elementwise",
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    width = fields.size("shared_expert_intermediate_size")
    return replace(mixture(fields), d_shared=width, correction_bias=True)
