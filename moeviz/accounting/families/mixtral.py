"""Mixtral: grouped-query attention and eight experts in every layer."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward


def mixtral(fields: Fields) -> Architecture:
    """`model_type` "mixtral"."""
    d_model = fields.size("hidden_size")
    n_heads = fields.size("num_attention_heads")
    attention = GroupedQueryAttention(
        d_model,
        n_heads,
        fields.size("num_key_value_heads", high=n_heads, default=n_heads),
        fields.head_dim(d_model, n_heads),
        window=fields.optional_size("sliding_window"),
    )
    n_experts = fields.size("num_local_experts")
    mixture = MixtureFeedForward(
        d_model,
        fields.size("intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
    )
    n_layers = fields.size("num_hidden_layers", high=MAX_LAYERS)
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        (Stack(n_layers, (attention, mixture), 2 * d_model, "mixture"),),
        tied=fields.flag("tie_word_embeddings", default=False),
        final_norm=d_model,
    )
