"""MiniMax-M3's text model: mixtures with a shared expert, an indexer of blocks in some layers."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, n_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.weights import matrix, vector

INDEXED = "minimax_m3_sparse"


def minimax_m3_vl_text(fields: Fields) -> Architecture:
    """`model_type` "minimax_m3_vl_text".

    The format's own defaults: no layer has an indexer, every layer is a mixture. Products are those
    of attention to all positions, with the indexer's own.
    """
    return between_tables(fields, _layers(fields), tied=False)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), n_layers(fields)
    kinds = fields.words("layer_types", layers, ("full_attention", INDEXED))
    feeds = fields.words("mlp_layer_types", layers, ("dense", "sparse"))
    dense = DenseFeedForward(d_model, fields.size("dense_intermediate_size"))
    mixture = _mixture(fields)
    each = zip(kinds or ("full_attention",) * layers, feeds or ("sparse",) * layers, strict=True)
    for kind, feed in each:
        parts = (_attention(fields, kind == INDEXED), mixture if feed == "sparse" else dense)
        name = "mixture" if feed == "sparse" else "dense"
        yield Stack(1, parts, 2 * d_model, f"indexed, {name}" if kind == INDEXED else name)


def _attention(fields: Fields, indexed: bool) -> GroupedQueryAttention:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    heads = fields.size("index_n_heads") if indexed else 0
    width = fields.size("index_head_dim") if indexed else 0
    indexer = (
        matrix("attention", "indexer, queries", d_model, heads * width),
        matrix("attention", "indexer, keys", d_model, width),
        vector("attention", "indexer, norms", 2 * width),
    )
    return GroupedQueryAttention(
        d_model,
        n_heads,
        fields.size("num_key_value_heads", high=n_heads),
        fields.size("head_dim"),
        qk_norm="per_head",
        extra=indexer if indexed else (),
        extra_cached=width,
        extra_products=heads * width,
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts = fields.size("num_local_experts", "num_experts")
    return MixtureFeedForward(
        fields.size("hidden_size"),
        fields.size("intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=fields.size("shared_intermediate_size"),
        correction_bias=True,
    )
