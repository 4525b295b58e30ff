"""MiniMax-Text-01: lightning attention with softmax attention in some layers, all mixtures."""

from __future__ import annotations

from collections.abc import Sequence

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.families.mixers import lightning_attention
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward

LINEAR, FULL = "linear_attention", "full_attention"


def minimax(fields: Fields) -> Architecture:
    """`model_type` "minimax". Without `layer_types` softmax attention is in every second layer."""
    layers = count_layers(fields)
    kinds = fields.words("layer_types", layers, (LINEAR, FULL))
    usual = [LINEAR if (layer + 1) % 2 == 0 else FULL for layer in range(layers)]
    return _architecture(fields, kinds or fields.filled("layer_types", usual), shared=0)


def minimax_text_01(fields: Fields) -> Architecture:
    """`model_type` "minimax_text_01": in `attn_type_list` 1 is softmax attention.

    A shared feed-forward of `shared_intermediate_size` is weighed by a gate.
    """
    kinds = fields.sizes("attn_type_list", count_layers(fields))
    if kinds is None or any(kind > 1 for kind in kinds):
        raise fields.refuse("attn_type_list", "a list with 0 or 1 for each layer")
    shared = fields.size("shared_intermediate_size", low=0)
    return _architecture(fields, [FULL if kind else LINEAR for kind in kinds], shared)


def _architecture(fields: Fields, kinds: Sequence[str], shared: int) -> Architecture:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    head_dim = fields.head_dim(d_model, n_heads)
    attention = GroupedQueryAttention(
        d_model,
        n_heads,
        fields.kv_heads(n_heads),
        head_dim,
        window=fields.optional_size("sliding_window"),
    )
    lightning = lightning_attention(d_model, n_heads, head_dim)
    n_experts = fields.size("num_local_experts", "num_experts")
    mixture = MixtureFeedForward(
        d_model,
        fields.size("intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=shared,
        shared_gate=shared > 0,
    )
    layers = (
        Stack(1, (lightning, mixture), 2 * d_model, "lightning attention, MoE")
        if kind == LINEAR
        else Stack(1, (attention, mixture), 2 * d_model, "softmax attention, MoE")
        for kind in kinds
    )
    return between_tables(fields, layers)
