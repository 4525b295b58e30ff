"""ERNIE 4.5 VL's text model: each mixture has experts for text and narrower ones for images.

A token of text uses the former alone; the latter are stored and idle.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    alternating,
    biased,
    decoder,
    dense,
    grouped_query,
)
from moeviz.accounting.families.layers import count_layers, listed
from moeviz.accounting.fields import MAX_SHARED_EXPERTS, Fields
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.weights import Weights


def ernie4_5_vl_moe_text(fields: Fields) -> Architecture:
    """`model_type` "ernie4_5_vl_moe_text": `use_bias` on all but routed experts.

    Kinds by `mlp_layer_types`, else all but the first layer have experts.
    """
    n_layers, bias = count_layers(fields), fields.flag("use_bias")
    kinds = listed(fields, n_layers)
    if kinds is None:
        kinds = tuple(layer > 0 for layer in range(n_layers))
        words = ("dense", "sparse")
        fields.filled("mlp_layer_types", [words[mixed] for mixed in kinds])
    layers = alternating(
        fields,
        biased(grouped_query(fields), bias),
        kinds,
        mixture=lambda f: _mixture(f, bias),
        dense=lambda f: replace(dense(f), bias=bias),
    )
    return decoder(fields, layers)


def _mixture(fields: Fields, bias: bool) -> MixtureFeedForward:
    text, images = _widths(fields)
    n_experts = fields.size("moe_num_experts")
    shared = fields.size("moe_num_shared_experts", low=0, high=MAX_SHARED_EXPERTS)
    mixed = MixtureFeedForward(
        fields.size("hidden_size"),
        text,
        n_experts,
        fields.top_k(n_experts, "moe_k"),
        correction_bias=True,
    )
    return replace(
        mixed,
        d_shared=shared * text,
        shared_bias=bias,
        extra=tuple(_unused(each) for each in replace(mixed, d_expert=images).weights()),
    )


def _widths(fields: Fields) -> tuple[int, int]:
    """`moe_intermediate_size`: of an expert for text, and of one for images."""
    found = fields.sizes("moe_intermediate_size", 2, low=1)
    if found is None:
        found = fields.filled("moe_intermediate_size", (1536, 512))
    return found[0], found[1]


def _unused(weights: Weights) -> Weights:
    """Stored, and used by no token of text."""
    return replace(weights, role=f"{weights.role}, for images", chosen=(0, weights.chosen[1]))
