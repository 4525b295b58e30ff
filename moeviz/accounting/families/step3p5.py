"""Step 3.5 and 3.7 Flash: gated attention, in windows with a number of heads of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense, mixture
from moeviz.accounting.families.layers import between_tables, count_layers, layer_kind
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward, Part

DENSE_FIRST = 3
"""Dense layers of a file that lists none: configuration_step3p7.py of transformers."""


def step3p5(fields: Fields) -> Architecture:
    """`model_type` "step3p5". Lists may have places for the prediction layers, which are cut."""
    return between_tables(fields, _layers(fields), tied=False)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    bias = fields.flag("mlp_bias")
    feeds: dict[bool, Part] = {
        True: _mixture(fields, bias),
        False: replace(dense(fields), bias=bias),
    }
    windows, sparse = _windowed(fields, layers), _sparse(fields, layers)
    for layer, (windowed, mixed) in enumerate(zip(windows, sparse, strict=True)):
        kind = layer_kind(windowed, mixed)
        parts = (_attention(fields, layer, windowed), feeds[mixed])
        yield Stack(1, parts, 2 * d_model, kind)


def _windowed(fields: Fields, layers: int) -> tuple[bool, ...]:
    words = ("full_attention", "sliding_attention")
    kinds = fields.words("layer_types", _length(fields, "layer_types", layers), words)
    if kinds is None:
        kinds = fields.filled("layer_types", (words[0],) * layers)
    return tuple(kind == words[1] for kind in kinds[:layers])


def _sparse(fields: Fields, layers: int) -> tuple[bool, ...]:
    """By `mlp_layer_types`, else `moe_layers_enum` (numbers, or text), else all but three."""
    length = _length(fields, "mlp_layer_types", layers)
    kinds = fields.words("mlp_layer_types", length, ("dense", "sparse"))
    if kinds is not None:
        return tuple(kind == "sparse" for kind in kinds[:layers])
    numbers = fields.numbers("moe_layers_enum")
    if numbers is not None:
        fields.read_as("moe_layers_enum", "mlp_layer_types")
        return tuple(layer in numbers for layer in range(layers))
    found = tuple(layer >= DENSE_FIRST for layer in range(layers))
    words = ("dense", "sparse")
    fields.filled("mlp_layer_types", [words[mixed] for mixed in found])
    return found


def _length(fields: Fields, name: str, layers: int) -> int:
    """Of a list with or without places for the prediction layers."""
    more = fields.optional_size("num_nextn_predict_layers", low=0) or 0
    return layers + more if fields.length(name) == layers + more else layers


def _attention(fields: Fields, layer: int, windowed: bool) -> GroupedQueryAttention:
    bias, gating = fields.flag("attention_bias"), fields.plain("gating")
    n_heads = _window_heads(fields, layer) if windowed else fields.size("num_attention_heads")
    n_kv_heads = fields.size("num_key_value_heads", high=n_heads)
    return GroupedQueryAttention(
        fields.size("hidden_size"),
        n_heads,
        n_kv_heads,
        fields.size("head_dim"),
        qkv_bias=bias,
        output_bias=bias,
        qk_norm="per_head",
        window=fields.optional_size("sliding_window") if windowed else None,
        gate="per_head" if gating in (None, True, "per-head") else "elementwise",
    )


def _window_heads(fields: Fields, layer: int) -> int:
    """Of a layer with a window: in `per_layer_config`, or in a field, or in the released object."""
    if fields.has("per_layer_config"):
        own = fields.numbered("per_layer_config", layer)
        found = None if own is None else own.optional_size("num_attention_heads")
        return found or fields.size("num_attention_heads")
    if fields.has("num_sliding_attention_heads"):
        return fields.size("num_sliding_attention_heads")
    if fields.has("attention_other_setting"):
        other = fields.inner("attention_other_setting")
        if other.has("num_attention_heads"):
            other.read_as("num_attention_heads", "num_sliding_attention_heads")
            return other.size("num_attention_heads")
    return fields.size("num_attention_heads")


def _mixture(fields: Fields, bias: bool) -> MixtureFeedForward:
    mixed = mixture(fields, experts=("n_routed_experts",))
    width = fields.size("share_expert_dim")
    return replace(mixed, d_shared=width, shared_bias=bias, correction_bias=True)
