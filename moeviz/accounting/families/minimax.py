"""MiniMax-Text-01: lightning attention with softmax attention in some layers, all mixtures."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import linear_layers, n_layers, stacked
from moeviz.accounting.families.mixers import lightning_attention
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward


def minimax(fields: Fields) -> Architecture:
    """`model_type` "minimax"."""
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
    )
    layers = (
        Stack(1, (lightning, mixture), 2 * d_model, "lightning attention, mixture")
        if linear
        else Stack(1, (attention, mixture), 2 * d_model, "softmax attention, mixture")
        for linear in linear_layers(fields, n_layers(fields))
    )
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(layers),
        tied=fields.flag("tie_word_embeddings", default=False),
        final_norm=d_model,
    )
