"""Families with experts in every layer: Mixtral, OLMoE, Granite, Phi, DBRX, Grok.

Each has attention of its own kind. Knows nothing of families with dense layers.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    Attention,
    biased,
    decoder,
    grouped_query,
    mixture,
    stacks,
)
from moeviz.accounting.families.layers import count_layers
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward

_WIDTH = "intermediate_size"


def mixtral(fields: Fields) -> Architecture:
    """`model_type` "mixtral". No `sliding_window`: every position is seen. Untied by default."""
    seen = replace(grouped_query(fields), window=fields.optional_size("sliding_window"))
    return _all_layers(fields, seen)


def olmoe(fields: Fields) -> Architecture:
    """`model_type` "olmoe": norms over all query heads and over all key heads.

    Neither biases nor tied where not stated. The norms' widths leave no choice of `head_dim`.
    """
    attention = grouped_query(fields)
    if attention.head_dim * attention.n_heads != attention.d_model:
        raise fields.refuse("head_dim", "hidden_size / num_attention_heads, as the norms have it")
    attention = biased(attention, fields.flag("attention_bias", default=False))
    return _all_layers(fields, replace(attention, qk_norm="full"))


def granite(fields: Fields) -> Architecture:
    """`model_type` "granitemoe". Neither biases nor tied where not stated."""
    return _all_layers(fields, _with_stated_bias(fields))


def granite_shared(fields: Fields) -> Architecture:
    """`model_type` "granitemoeshared": one shared feed-forward beside the experts; 0: no such."""
    shared = fields.size("shared_intermediate_size", low=0)
    mixed = replace(mixture(fields, width=_WIDTH), d_shared=shared)
    return _all_layers(fields, _with_stated_bias(fields), mixed)


def phimoe(fields: Fields) -> Architecture:
    """`model_type` "phimoe": layer norms with biases; attention and head may have some too.

    No biases on attention or head, no window and not tied where not stated.
    """
    window = fields.optional_size("sliding_window")
    attention = replace(_with_stated_bias(fields), window=window)
    return decoder(
        fields,
        [(attention, mixture(fields, width=_WIDTH))] * count_layers(fields),
        norm_bias=True,
        head_bias=fields.flag("lm_head_bias", default=False),
    )


def minimax_m2(fields: Fields) -> Architecture:
    """`model_type` "minimax_m2": norms over all heads, correction biases. Untied by default.

    `head_dim` must be stated: the class's default is not hidden_size / heads.
    """
    attention = replace(grouped_query(fields, fields.size("head_dim")), qk_norm="full")
    mixed = replace(mixture(fields, width=_WIDTH), correction_bias=True)
    return _all_layers(fields, attention, mixed)


def dbrx(fields: Fields) -> Architecture:
    """`model_type` "dbrx": sizes of attention and experts are objects of their own. Never tied."""
    d_model, n_heads = fields.size("d_model"), fields.size("n_heads")
    if d_model % n_heads:
        raise fields.refuse("d_model", f"a multiple of {n_heads}, the number of heads")
    if fields.early("d_model") != d_model:
        raise fields.refuse(
            "d_model", "given as d_model, because the experts' width is read from that name"
        )
    inside, experts = fields.inner("attn_config"), fields.inner("ffn_config")
    n_kv_heads = inside.size("kv_n_heads", high=n_heads)
    if n_heads % n_kv_heads:
        raise inside.refuse("kv_n_heads", f"a divisor of {n_heads} heads")
    if fields.flag("tie_word_embeddings", default=False):
        raise fields.refuse("tie_word_embeddings", "false: this family has no tied embeddings")
    n_experts = experts.size("moe_num_experts")
    layer = (
        GroupedQueryAttention(d_model, n_heads, n_kv_heads, d_model // n_heads),
        MixtureFeedForward(
            d_model,
            experts.size("ffn_hidden_size"),
            n_experts,
            experts.top_k(n_experts, "moe_top_k"),
        ),
    )
    layers = [layer] * fields.size("n_layers", high=MAX_LAYERS)
    return Architecture(
        d_model, fields.size("vocab_size"), stacks(layers, 2 * d_model), final_norm=d_model
    )


def grok_1(fields: Fields) -> Architecture:
    """`model_type` "grok-1": four norms a layer. Every field must be stated.

    The ports of xai-org/grok-1 to this format disagree about what it means not to state one.
    """
    fields.flag("tie_word_embeddings")
    fields.size("num_key_value_heads")
    layer = (grouped_query(fields), mixture(fields, width=_WIDTH))
    return decoder(fields, [layer] * count_layers(fields), norms=4)


def _with_stated_bias(fields: Fields) -> GroupedQueryAttention:
    attention = grouped_query(fields)
    return biased(attention, fields.flag("attention_bias", default=False))


def _all_layers(
    fields: Fields, attention: Attention, mixed: MixtureFeedForward | None = None
) -> Architecture:
    found = mixture(fields, width=_WIDTH) if mixed is None else mixed
    return decoder(fields, [(attention, found)] * count_layers(fields))
