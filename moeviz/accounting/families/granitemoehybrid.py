"""Granite 4: Mamba-2 with attention in some layers, a shared expert beside each mixture."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import biased, grouped_query
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.families.mixers import mamba2
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
)

MAMBA, ATTENTION = ("linear_attention", "mamba"), ("full_attention", "attention")


def granitemoehybrid(fields: Fields) -> Architecture:
    """`model_type` "granitemoehybrid". Without experts the shared one is the feed-forward."""
    d_model = fields.size("hidden_size")
    kinds = fields.words("layer_types", count_layers(fields), MAMBA + ATTENTION)
    if kinds is None:
        kinds = fields.filled("layer_types", (MAMBA[0],) * count_layers(fields))
    feed_forward = _feed_forward(fields)
    name = "MoE" if isinstance(feed_forward, MixtureFeedForward) else "dense"
    mixers = {kind: _mixer(fields, kind) for kind in dict.fromkeys(kinds)}
    layers = (
        Stack(
            1,
            (mixers[kind], feed_forward),
            2 * d_model,
            f"{'Mamba-2' if kind in MAMBA else 'attention'}, {name}",
        )
        for kind in kinds
    )
    return between_tables(fields, layers)


def _feed_forward(fields: Fields) -> MixtureFeedForward | DenseFeedForward:
    d_model, shared = fields.size("hidden_size"), fields.size("shared_intermediate_size")
    n_experts = fields.size("num_local_experts", low=0)
    if not n_experts:
        return DenseFeedForward(d_model, shared)
    top_k = fields.top_k(n_experts, "num_experts_per_tok")
    width = fields.size("intermediate_size")
    return MixtureFeedForward(d_model, width, n_experts, top_k, d_shared=shared)


def _mixer(fields: Fields, kind: str) -> GroupedQueryAttention | FixedMixer:
    return _mamba(fields) if kind in MAMBA else _attention(fields)


def _attention(fields: Fields) -> GroupedQueryAttention:
    return biased(grouped_query(fields), fields.flag("attention_bias", default=False))


def _mamba(fields: Fields) -> FixedMixer:
    d_model, n_heads = fields.size("hidden_size"), fields.size("mamba_n_heads")
    d_inner = fields.size("mamba_expand") * d_model
    if d_inner % n_heads:
        raise fields.refuse("mamba_n_heads", f"a divisor of {d_inner}")
    if fields.plain("mamba_d_head") not in ("auto", d_inner // n_heads):
        raise fields.refuse("mamba_d_head", f"{d_inner // n_heads}, mamba_expand's share of a head")
    return mamba2(
        d_model,
        (n_heads, d_inner // n_heads),
        fields.size("mamba_d_state"),
        fields.size("mamba_n_groups"),
        fields.size("mamba_d_conv"),
        conv_bias=fields.flag("mamba_conv_bias"),
        bias=fields.flag("mamba_proj_bias"),
    )
