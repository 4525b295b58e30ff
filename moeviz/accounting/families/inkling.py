"""Inkling's text model: relative positions by projection, short convolutions around both parts.

The constant state of the convolutions on keys and values is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, count_layers, refuse_tied
from moeviz.accounting.families.mixers import convolution
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
    Part,
)
from moeviz.accounting.weights import Weights, matrix, vector


def inkling_text(fields: Fields) -> Architecture:
    """`model_type` "inkling_text".

    The format's own defaults: every sixth layer sees all positions; every layer is a mixture.
    """
    refuse_tied(fields)
    d_model = fields.size("hidden_size")
    return between_tables(
        fields,
        _layers(fields),
        extra=(vector("norms", "norm of the embedding", d_model),),
    )


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    windowed, feeds = _windowed(fields, layers), _feeds(fields, layers)
    kernel = fields.size("conv_kernel_size", "sconv_kernel_size")
    smoothed = FixedMixer(
        "short convolution", (convolution(d_model, kernel),), d_model * (kernel - 1), 0
    )
    for layer, feed in enumerate(feeds):
        sliding = windowed[layer]
        parts: tuple[Part, ...] = (
            _attention(fields, sliding, kernel), smoothed, *_feed_forward(fields, feed), smoothed,
        )  # fmt: skip
        kind = "MoE" if feed == "sparse" else "dense"
        yield Stack(
            1,
            parts,
            2 * d_model,
            f"{'sliding-window attention' if sliding else 'full attention'}, {kind}",
        )


def _windowed(fields: Fields, layers: int) -> Sequence[bool]:
    """By `layer_types`, else those that `local_layer_ids` lists, else all but each sixth."""
    kinds = fields.words("layer_types", layers, ("hybrid_sliding", "hybrid"))
    if kinds is not None:
        return [kind == "hybrid_sliding" for kind in kinds]
    local = fields.sizes("local_layer_ids")
    if local is not None:
        fields.read_as("local_layer_ids", "layer_types")
        among = frozenset(local)
        return [layer in among for layer in range(layers)]
    found = [(layer + 1) % 6 != 0 for layer in range(layers)]
    fields.filled("layer_types", ["hybrid_sliding" if each else "hybrid" for each in found])
    return found


def _feeds(fields: Fields, layers: int) -> Sequence[str]:
    """By `mlp_layer_types`, else the first `dense_mlp_idx` are dense, else none."""
    kinds = fields.words("mlp_layer_types", layers, ("dense", "sparse"))
    if kinds is not None:
        return kinds
    dense = fields.optional_size("dense_mlp_idx", low=0)
    found = ["dense" if layer < (dense or 0) else "sparse" for layer in range(layers)]
    if dense is None:
        return fields.filled("mlp_layer_types", found)
    fields.read_as("dense_mlp_idx", "mlp_layer_types")
    return found


def _widths(fields: Fields) -> tuple[int, int]:
    """(dense, expert): with `dense_intermediate_size`, `intermediate_size` is an expert's."""
    if not fields.has("dense_intermediate_size"):
        return fields.size("intermediate_size"), fields.size("moe_intermediate_size")
    fields.read_as("dense_intermediate_size", "intermediate_size")
    fields.read_as("intermediate_size", "moe_intermediate_size")
    return fields.size("dense_intermediate_size"), fields.size("intermediate_size")


def _attention(fields: Fields, sliding: bool, kernel: int) -> GroupedQueryAttention:
    """Each head's distance scores come from a small vector and a table of distances."""
    d_model, own = fields.size("hidden_size"), "swa_" if sliding else ""
    n_heads = fields.size(f"{own}num_attention_heads")
    n_kv_heads = fields.size(f"{own}num_key_value_heads", high=n_heads)
    width, small = fields.size(f"{own}head_dim"), fields.size("d_rel")
    window = fields.size("sliding_window_size", "sliding_window")
    distances = window if sliding else fields.size("rel_extent")
    table = Weights("attention", "table of distances", (small, distances), multiplied=False)
    return GroupedQueryAttention(
        d_model,
        n_heads,
        n_kv_heads,
        width,
        qk_norm="per_head",
        window=window if sliding else None,
        extra=(
            matrix("attention", "distance projection", d_model, n_heads * small),
            table,
            convolution(n_kv_heads * width, kernel).times(2),
        ),
        extra_products=n_heads * small,
    )


def _feed_forward(fields: Fields, feed: str) -> tuple[Part, ...]:
    d_model = fields.size("hidden_size")
    if feed == "dense":
        scale = FixedMixer("scale", (vector("dense_ffn", "scale", 1),), 0, 0)
        return DenseFeedForward(d_model, _widths(fields)[0]), scale
    n_experts, d_expert = fields.size("n_routed_experts"), _widths(fields)[1]
    n_shared = fields.size("n_shared_experts", low=0)
    to_shared = matrix("router", "router, to shared experts", d_model, n_shared)
    scale_of_all = vector("router", "scale", 1)
    mixture = MixtureFeedForward(
        d_model,
        d_expert,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=d_expert * n_shared,
        correction_bias=True,
        extra=(to_shared, scale_of_all) if n_shared else (scale_of_all,),
    )
    return (mixture,)
