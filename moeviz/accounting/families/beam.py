"""Beam: gated attention with windows in most layers, four norms per layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import biased, dense, grouped_query, mixture
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    layer_kind,
    mixture_layers,
    sliding_layers,
)
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, Part
from moeviz.accounting.weights import vector


def beam(fields: Fields) -> Architecture:
    """`model_type` "beam".

    The format's own defaults: every sixth layer and the last see all positions; three layers are
    dense.
    """
    return between_tables(fields, _layers(fields), tied=False)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    default = (*((layer + 1) % 6 != 0 for layer in range(layers - 1)), False)
    feeds: dict[bool, Part] = {
        True: replace(mixture(fields), correction_bias=True),
        False: dense(fields),
    }
    kinds = zip(
        sliding_layers(fields, layers, default), mixture_layers(fields, layers, 3), strict=True
    )
    for sliding, sparse in kinds:
        kind = layer_kind(sliding, sparse)
        parts = (_attention(fields, sliding), feeds[sparse])
        yield Stack(1, parts, 4 * d_model, kind)


def _attention(fields: Fields, sliding: bool) -> GroupedQueryAttention:
    attention = grouped_query(fields, fields.size("head_dim"))
    return replace(
        biased(attention, fields.flag("attention_bias", default=False)),
        qk_norm="per_head",
        window=fields.size("sliding_window") if sliding else None,
        gate="elementwise",
        extra=(vector("attention", "gate bias, one a head", attention.n_heads),),
    )
