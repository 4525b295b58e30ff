"""Muse Spark's text model, without its head: experts in a narrower space, gated residuals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import biased, grouped_query
from moeviz.accounting.families.layers import between_tables, count_layers, sliding_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import matrix, vector


def muse_spark_text(fields: Fields) -> Architecture:
    """`model_type` "muse_spark_text".

    The format's own defaults: counted from the last, every fourth layer sees all positions; every
    layer is a mixture.
    """
    return between_tables(fields, _layers(fields), headless=True)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    default = tuple((layers - 1 - layer) % 4 != 0 for layer in range(layers))
    feeds = fields.words("mlp_layer_types", layers, ("dense", "sparse"))
    dense = DenseFeedForward(d_model, fields.size("intermediate_size"))
    mixture = _mixture(fields)
    gates = FixedMixer("residual gates", (vector("other", "residual gates", 2 * d_model),), 0, 0)
    each = zip(sliding_layers(fields, layers, default), feeds or ("sparse",) * layers, strict=True)
    for sliding, feed in each:
        parts = (_attention(fields, sliding), mixture if feed == "sparse" else dense, gates)
        kind = "MoE" if feed == "sparse" else "dense"
        yield Stack(
            1,
            parts,
            3 * d_model,
            f"{'sliding-window attention' if sliding else 'full attention'}, {kind}",
        )


def _attention(fields: Fields, sliding: bool) -> GroupedQueryAttention:
    attention = grouped_query(fields, fields.size("head_dim"))
    return replace(
        biased(attention, fields.flag("attention_bias", default=False)),
        window=fields.size("sliding_window") if sliding else None,
        gate="elementwise",
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts, d_model = fields.size("num_local_experts"), fields.size("hidden_size")
    width = fields.size("moe_hidden_size")
    return MixtureFeedForward(
        d_model,
        fields.size("moe_intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        correction_bias=True,
        d_routed=width,
        extra=(
            matrix("dense_ffn", "to the experts' width", d_model, width),
            matrix("dense_ffn", "from the experts' width", width, d_model),
            vector("norms", "norms before and after the experts", 2 * width),
        ),
    )
