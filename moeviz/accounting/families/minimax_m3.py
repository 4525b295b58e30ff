"""MiniMax-M3's text model: mixtures with a shared expert, an indexer of blocks in some layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense, mixture
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward, Part
from moeviz.accounting.weights import matrix, vector

INDEXED = "minimax_m3_sparse"
OLDER = "sparse_attention_config"


def minimax_m3_vl_text(fields: Fields) -> Architecture:
    """`model_type` "minimax_m3_vl_text".

    The format's own defaults: no layer has an indexer, every layer is a mixture. Products are those
    of attention to all positions, with the indexer's own.
    """
    return between_tables(fields, _layers(fields), tied=False)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    indexed, sparse = _indexed(fields, layers), _sparse(fields, layers)
    feeds: dict[bool, Part] = {
        True: _mixture(fields),
        False: dense(fields, "dense_intermediate_size"),
    }
    for index, mixed in zip(indexed, sparse, strict=True):
        parts = (_attention(fields, index), feeds[mixed])
        name = "MoE" if mixed else "dense"
        yield Stack(1, parts, 2 * d_model, f"indexed, {name}" if index else name)


def _indexed(fields: Fields, layers: int) -> tuple[bool, ...]:
    """By `layer_types`, else by the released file's `sparse_attention_config`, else none."""
    kinds = fields.words("layer_types", layers, ("full_attention", INDEXED))
    if kinds is not None:
        return tuple(kind == INDEXED for kind in kinds)
    older = fields.inner(OLDER) if fields.has(OLDER) else None
    marked = older and older.marks("sparse_attention_freq", layers, "layer_types")
    if marked:
        return marked
    fields.filled("layer_types", ["full_attention"] * layers)
    return (False,) * layers


def _sparse(fields: Fields, layers: int) -> tuple[bool, ...]:
    """By `mlp_layer_types`, else by the released file's `moe_layer_freq`, else all."""
    kinds = fields.words("mlp_layer_types", layers, ("dense", "sparse"))
    if kinds is not None:
        return tuple(kind == "sparse" for kind in kinds)
    marked = fields.marks("moe_layer_freq", layers, "mlp_layer_types")
    if marked is None:
        fields.filled("mlp_layer_types", ["sparse"] * layers)
    return (True,) * layers if marked is None else marked


def _index_size(fields: Fields, name: str, released: str) -> int:
    """The released file's own name counts where both are there."""
    older = fields.inner(OLDER) if fields.has(OLDER) else None
    if older is None or not older.has(released):
        return fields.size(name)
    older.read_as(released, name)
    return older.size(released)


def _attention(fields: Fields, indexed: bool) -> GroupedQueryAttention:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    heads = _index_size(fields, "index_n_heads", "sparse_num_index_heads") if indexed else 0
    width = _index_size(fields, "index_head_dim", "sparse_index_dim") if indexed else 0
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
    width = fields.size("shared_intermediate_size")
    return replace(mixture(fields, "intermediate_size"), d_shared=width, correction_bias=True)
