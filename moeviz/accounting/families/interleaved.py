"""Llama 4 and gpt-oss: layers that see everything among layers that do not.

Knows nothing of images.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    alternating,
    biased,
    decoder,
    dense,
    every,
    grouped_query,
    mixture,
    windows,
)
from moeviz.accounting.families.layers import count_layers
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import MixtureFeedForward


def llama4_text(fields: Fields) -> Architecture:
    """`model_type` "llama4_text": one shared expert as wide as the routed ones.

    Experts in `moe_layers`, else in each `interleave_moe_layer_step`-th layer. Layers without
    rotary positions see everything, the others their chunk: by `layer_types`, else by
    `no_rope_layers` (0: without), else each `no_rope_layer_interval`-th. Its norms on queries and
    keys have no weights. Neither biases nor tied where not stated; `head_dim` must be stated.
    """
    bias = fields.flag("attention_bias", default=False)
    layers = alternating(
        fields,
        biased(grouped_query(fields, fields.size("head_dim")), bias),
        _llama4_experts(fields),
        mixture=_llama4_mixture,
        dense=lambda f: dense(f, width="intermediate_size_mlp"),
        windows=windows(fields, _llama4_kinds(fields), "chunked_attention", "attention_chunk_size"),
    )
    return decoder(fields, layers)


def gpt_oss(fields: Fields) -> Architecture:
    """`model_type` "gpt_oss": sinks; biases on attention, router and experts.

    Windows by `layer_types`, else on every second layer from the first. Attention has biases and
    nothing is tied where not stated; `head_dim` must be stated.
    """
    n_layers = count_layers(fields)
    attention = biased(
        grouped_query(fields, fields.size("head_dim")), fields.flag("attention_bias", default=True)
    )
    layers = alternating(
        fields,
        replace(attention, sinks=True),
        (True,) * n_layers,
        mixture=lambda f: replace(
            mixture(f, width="intermediate_size"), router_bias=True, expert_bias=True
        ),
        windows=windows(fields, every(n_layers, 2)),
    )
    return decoder(fields, layers)


def _llama4_experts(fields: Fields) -> tuple[bool, ...]:
    n_layers = count_layers(fields)
    stated = fields.layers("moe_layers", n_layers)
    if stated is not None:
        return tuple(layer in stated for layer in range(n_layers))
    step = fields.size("interleave_moe_layer_step", high=MAX_LAYERS)
    return tuple((layer + 1) % step == 0 for layer in range(n_layers))


def _llama4_mixture(fields: Fields) -> MixtureFeedForward:
    mixed = mixture(fields, width="intermediate_size")
    return replace(mixed, d_shared=mixed.d_expert)


def _llama4_kinds(fields: Fields) -> tuple[str, ...]:
    n_layers, local = count_layers(fields), "chunked_attention"
    if fields.has("layer_types"):
        return (local,) * n_layers
    rotary = fields.sizes("no_rope_layers")
    if rotary:
        rotary = fields.sizes("no_rope_layers", n_layers) or ()
        return tuple(local if each else "full_attention" for each in rotary)
    return every(n_layers, fields.size("no_rope_layer_interval", high=MAX_LAYERS, default=4), local)
