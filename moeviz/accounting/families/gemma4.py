"""Gemma 4's mixture: experts beside a dense feed-forward, windows and wider global heads."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import n_layers, sliding_layers, stacked
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import DenseFeedForward, GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.weights import vector


def gemma4_text(fields: Fields) -> Architecture:
    """`model_type` "gemma4_text", with `enable_moe_block`.

    Layers that share keys and inputs a layer of their own, as the small dense models have them, are
    refused. The format's own defaults: every sixth layer and the last see all positions, with heads
    of 512.
    """
    d_model = fields.size("hidden_size")
    if not fields.flag("enable_moe_block", default=False):
        raise fields.refuse("enable_moe_block", "true: only the mixture is read")
    for name in ("num_kv_shared_layers", "hidden_size_per_layer_input"):
        if fields.size(name, low=0):
            raise fields.refuse(name, "0: only the mixture is read")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(_layers(fields)),
        tied=fields.flag("tie_word_embeddings", default=True),
        final_norm=d_model,
    )


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), n_layers(fields)
    default = (*((layer + 1) % 6 != 0 for layer in range(layers - 1)), False)
    dense = DenseFeedForward(d_model, fields.size("intermediate_size"))
    mixture = _mixture(fields)
    for layer, sliding in enumerate(sliding_layers(fields, layers, default)):
        attention = _attention(fields, layer, sliding and layer < layers - 1)
        kind = f"{'all positions' if attention.window is None else 'window'}, dense and mixture"
        yield Stack(1, (attention, dense, mixture), 7 * d_model, kind)


def _attention(fields: Fields, layer: int, sliding: bool) -> GroupedQueryAttention:
    """A layer's own sizes are in `per_layer_config`, or by kind in the fields called global."""
    n_heads = fields.size("num_attention_heads")
    own = fields.numbered("per_layer_config", layer)
    head_dim = None if own is None else own.optional_size("head_dim")
    n_kv_heads = None if own is None else own.optional_size("num_key_value_heads", high=n_heads)
    alike = fields.flag("attention_k_eq_v", default=False)
    if not sliding and not fields.has("per_layer_config"):
        head_dim = fields.size("global_head_dim", default=512)
        if alike:
            n_kv_heads = fields.optional_size("num_global_key_value_heads", high=n_heads)
    bias = fields.flag("attention_bias", default=False)
    return GroupedQueryAttention(
        fields.size("hidden_size"),
        n_heads,
        n_kv_heads or fields.size("num_key_value_heads", high=n_heads),
        head_dim or fields.size("head_dim"),
        qkv_bias=bias,
        output_bias=bias,
        qk_norm="per_head",
        window=fields.size("sliding_window") if sliding else None,
        values_from_keys=alike and not sliding,
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    """The router scales its input by a learnt vector and each expert's weight by a number."""
    d_model, n_experts = fields.size("hidden_size"), fields.size("num_experts")
    return MixtureFeedForward(
        d_model,
        fields.size("moe_intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "top_k_experts"),
        extra=(vector("router", "scales of input and experts", d_model + n_experts),),
    )
