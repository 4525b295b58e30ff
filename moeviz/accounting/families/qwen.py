"""Qwen's mixtures, first and third generation, and Mellum: experts in every n-th layer.

Knows nothing of Qwen's hybrids.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    alternating,
    biased,
    decoder,
    grouped_query,
    mixture,
    windows,
)
from moeviz.accounting.families.layers import count_layers, listed
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import MixtureFeedForward


def qwen2_moe(fields: Fields) -> Architecture:
    """`model_type` "qwen2_moe" (Qwen1.5-MoE, Qwen2-57B-A14B): a gated shared expert.

    Biases on query, key and value, no window and not tied where not stated.
    """
    attention = replace(grouped_query(fields), qkv_bias=fields.flag("qkv_bias", default=True))
    layers = alternating(
        fields,
        attention,
        _every_nth(fields),
        mixture=with_gated_shared,
        windows=windows(fields, _usual_kinds(fields)),
    )
    return decoder(fields, layers)


def qwen3_moe(fields: Fields) -> Architecture:
    """`model_type` "qwen3_moe": queries and keys normed, no shared expert.

    No biases, no window (`use_sliding_window`) and not tied where not stated.
    """
    sliding = fields.flag("use_sliding_window", default=False)
    attention = replace(
        biased(grouped_query(fields), fields.flag("attention_bias", default=False)),
        qk_norm="per_head",
        window=fields.size("sliding_window") if sliding else None,
    )
    return decoder(fields, alternating(fields, attention, _every_nth(fields), mixture=mixture))


def qwen3_vl_moe_text(fields: Fields) -> Architecture:
    """`model_type` "qwen3_vl_moe_text": Qwen3's mixture, no window whatever the file says."""
    attention = replace(
        biased(grouped_query(fields), fields.flag("attention_bias")), qk_norm="per_head"
    )
    return decoder(fields, alternating(fields, attention, _every_nth(fields), mixture=mixture))


def mellum(fields: Fields) -> Architecture:
    """`model_type` "mellum": Qwen3's layer, with a list of each layer's kind.

    All layers have experts and see everything where there is no list; neither biases nor tied
    where not stated. `head_dim` must be stated: the class's default is not hidden_size / heads.
    """
    n_layers = count_layers(fields)
    attention = biased(
        grouped_query(fields, fields.size("head_dim")), fields.flag("attention_bias", default=False)
    )
    layers = alternating(
        fields,
        replace(attention, qk_norm="per_head"),
        listed(fields, n_layers) or (True,) * n_layers,
        mixture=mixture,
        windows=windows(fields, ("full_attention",) * n_layers),
    )
    return decoder(fields, layers)


def with_gated_shared(fields: Fields) -> MixtureFeedForward:
    """Routed experts and a shared one behind a gate of one number a token."""
    width = fields.size("shared_expert_intermediate_size")
    return replace(mixture(fields), d_shared=width, shared_gate=True)


def _every_nth(fields: Fields) -> tuple[bool, ...]:
    """Each `decoder_sparse_step`-th layer, except those in `mlp_only_layers` (none by default)."""
    n_layers = count_layers(fields)
    step = fields.size("decoder_sparse_step", high=MAX_LAYERS)
    without = fields.layers("mlp_only_layers", n_layers) or frozenset()
    return tuple((layer + 1) % step == 0 and layer not in without for layer in range(n_layers))


def _usual_kinds(fields: Fields) -> tuple[str, ...]:
    n_layers = count_layers(fields)
    if not fields.flag("use_sliding_window", default=False):
        return ("full_attention",) * n_layers
    below = fields.size("max_window_layers", low=0)
    return tuple(
        "sliding_attention" if layer % 2 == 0 and layer < below else "full_attention"
        for layer in range(n_layers)
    )
