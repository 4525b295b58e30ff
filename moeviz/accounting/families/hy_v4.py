"""Hy4: indexed latent attention with a gate and sinks, over several residual streams.

Products and cache are those of attention to all positions, an upper bound, with the indexer's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense
from moeviz.accounting.families.indexed_latent import routed_and_shared, with_indexer
from moeviz.accounting.families.latent import latent_attention
from moeviz.accounting.families.layers import between_tables, count_layers, mixture_layers
from moeviz.accounting.families.mixers import hyper_connections, joined_streams
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import LatentAttention, Part
from moeviz.accounting.weights import matrix, vector


def hy_v4(fields: Fields) -> Architecture:
    """`model_type` "hy_v4"."""
    streams = joined_streams(fields.size("hidden_size"), fields.size("hc_mult"))
    return between_tables(fields, _layers(fields), extra=streams)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    n_streams = fields.size("hc_mult")
    feeds: dict[bool, Part] = {
        True: replace(routed_and_shared(fields), correction_bias=True),
        False: dense(fields),
    }
    streams = hyper_connections(d_model, n_streams, 2 * n_streams, 2)
    plain = _attention(fields)
    attentions = {"full": with_indexer(fields, plain), "shared": plain}
    each = zip(_indexers(fields, layers), mixture_layers(fields, layers, 1), strict=True)
    for indexer, sparse in each:
        parts = (attentions[indexer], streams, feeds[sparse], streams)
        kind = f"{'MoE' if sparse else 'dense'}{', shared indices' * (indexer == 'shared')}"
        yield Stack(1, parts, 2 * d_model, kind)


def _indexers(fields: Fields, layers: int) -> Sequence[str]:
    """By `indexer_types`, else in the first layer and every fourth after it."""
    kinds = fields.words("indexer_types", layers, ("full", "shared"))
    if kinds is not None:
        return kinds
    own = (layer == 0 or (layer - 1) % 4 == 0 for layer in range(layers))
    return fields.filled("indexer_types", ["full" if each else "shared" for each in own])


def _attention(fields: Fields) -> LatentAttention:
    fields.size("q_lora_rank")
    attention = latent_attention(fields)
    width = attention.n_heads * attention.value_dim
    gate = matrix("attention", "output gate", attention.d_model, width)
    return replace(attention, extra=(gate, vector("attention", "sinks", attention.n_heads)))
