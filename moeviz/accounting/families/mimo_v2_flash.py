"""MiMo-V2-Flash: most layers see a window, with twice the key heads and with sinks."""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense, mixture
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    layer_kind,
    mixture_layers,
    sliding_layers,
)
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, Part


def mimo_v2_flash(fields: Fields) -> Architecture:
    """`model_type` "mimo_v2_flash".

    The format's own defaults: the first and every sixth layer see all positions; the first is
    dense.
    """
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    mixed = replace(mixture(fields, experts=("n_routed_experts",)), correction_bias=True)
    feeds: dict[bool, Part] = {True: mixed, False: dense(fields)}
    default = tuple(layer != 0 and (layer + 1) % 6 != 0 for layer in range(layers))
    kinds = zip(
        sliding_layers(fields, layers, default), mixture_layers(fields, layers, 1), strict=True
    )
    attention = {sliding: _attention(fields, sliding) for sliding in (True, False)}
    each = (
        Stack(
            1,
            (attention[sliding], feeds[sparse]),
            2 * d_model,
            layer_kind(sliding, sparse),
        )
        for sliding, sparse in kinds
    )
    return between_tables(fields, each)


def _attention(fields: Fields, sliding: bool) -> GroupedQueryAttention:
    n_heads = fields.size("num_attention_heads")
    n_kv_heads = fields.size("num_key_value_heads", high=n_heads)
    return GroupedQueryAttention(
        fields.size("hidden_size"),
        n_heads,
        2 * n_kv_heads if sliding else n_kv_heads,
        fields.size("head_dim"),
        qkv_bias=fields.flag("attention_bias", default=False),
        sinks=sliding,
        window=fields.size("sliding_window") if sliding else None,
        value_dim=fields.size("v_head_dim"),
    )
