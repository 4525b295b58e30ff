"""Dense Llama, Mistral, Ministral, Qwen2, Qwen3 and Qwen3-VL: decoders without experts."""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    biased,
    decoder,
    dense,
    grouped_query,
    windows,
)
from moeviz.accounting.families.layers import count_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention


def llama(fields: Fields) -> Architecture:
    """`model_type` "llama"."""
    attention = biased(grouped_query(fields), fields.flag("attention_bias"))
    feed_forward = replace(dense(fields), bias=fields.flag("mlp_bias"))
    return decoder(fields, [(attention, feed_forward)] * count_layers(fields))


def mistral(fields: Fields) -> Architecture:
    """`model_type` "mistral" and "ministral3": one window in all layers, or none."""
    attention = replace(grouped_query(fields), window=fields.optional_size("sliding_window"))
    return decoder(fields, [(attention, dense(fields))] * count_layers(fields))


def qwen2(fields: Fields) -> Architecture:
    """`model_type` "qwen2": biases on query, key and value."""
    return _qwen(fields, replace(grouped_query(fields), qkv_bias=True))


def qwen3(fields: Fields) -> Architecture:
    """`model_type` "qwen3": queries and keys normed."""
    attention = biased(grouped_query(fields), fields.flag("attention_bias"))
    return _qwen(fields, replace(attention, qk_norm="per_head"))


def qwen3_vl_text(fields: Fields) -> Architecture:
    """`model_type` "qwen3_vl_text": as Qwen3, without windows."""
    attention = biased(grouped_query(fields), fields.flag("attention_bias"))
    normed = replace(attention, qk_norm="per_head")
    return decoder(fields, [(normed, dense(fields))] * count_layers(fields))


def _qwen(fields: Fields, attention: GroupedQueryAttention) -> Architecture:
    """Windows by `layer_types`, else from `max_window_layers` on; none unless they are in use."""
    n_layers = count_layers(fields)
    seen: tuple[int | None, ...] = (None,) * n_layers
    if fields.flag("use_sliding_window") and fields.has("sliding_window"):
        first = fields.size("max_window_layers", low=0)
        words = ("full_attention", "sliding_attention")
        seen = windows(fields, [words[layer >= first] for layer in range(n_layers)])
    layers = ((replace(attention, window=window), dense(fields)) for window in seen)
    return decoder(fields, layers)
