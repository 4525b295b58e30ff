"""Hy4: indexed latent attention with a gate and sinks, over several residual streams.

Products and cache are those of attention to all positions, an upper bound, with the indexer's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.indexed_latent import with_indexer
from moeviz.accounting.families.latent import latent_attention
from moeviz.accounting.families.layers import mixture_layers, n_layers, stacked
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    LatentAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import matrix, vector


def hy_v4(fields: Fields) -> Architecture:
    """`model_type` "hy_v4"."""
    d_model, streams = fields.size("hidden_size"), fields.size("hc_mult")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(_layers(fields)),
        tied=fields.flag("tie_word_embeddings"),
        final_norm=d_model,
        extra=(
            matrix("other", "joining the streams", streams * d_model, streams),
            vector("other", "joining the streams, base and scale", streams + 1),
        ),
    )


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), n_layers(fields)
    dense = DenseFeedForward(d_model, fields.size("intermediate_size"))
    mixture, streams = _mixture(fields), _streams(d_model, fields.size("hc_mult"))
    plain = _attention(fields)
    attentions = {"full": with_indexer(fields, plain), "shared": plain}
    each = zip(_indexers(fields, layers), mixture_layers(fields, layers, 1), strict=True)
    for indexer, sparse in each:
        parts = (attentions[indexer], streams, mixture if sparse else dense, streams)
        kind = f"{'mixture' if sparse else 'dense'}{', shared indices' * (indexer == 'shared')}"
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


def _streams(d_model: int, streams: int) -> FixedMixer:
    """Hyper-connections: weights of the residual streams from the streams themselves."""
    outputs = 2 * streams
    tensors = (
        matrix("other", "mixing of the streams", streams * d_model, outputs),
        vector("other", "mixing of the streams, base and scale", outputs + 2),
    )
    return FixedMixer("hyper-connections", tensors, 0, outputs * d_model)


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts, d_expert = fields.size("n_routed_experts"), fields.size("moe_intermediate_size")
    return MixtureFeedForward(
        fields.size("hidden_size"),
        d_expert,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=d_expert * fields.size("n_shared_experts"),
        correction_bias=True,
        groups=fields.groups(n_experts, fields.top_k(n_experts, "num_experts_per_tok")),
    )
