"""Gemma 4: windows and wider global heads; experts beside a dense feed-forward, or dense alone.

The small dense models give each layer an input of its own from a second table of embeddings, and
their last layers use the keys and values of earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import mixture
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    layer_kind,
    sliding_layers,
)
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
    Part,
)
from moeviz.accounting.weights import Weights, matrix, vector


def gemma4_text(fields: Fields) -> Architecture:
    """`model_type` "gemma4_text"; experts only with `enable_moe_block`.

    The format's own defaults: every sixth layer and the last see all positions, with heads of 512;
    each layer has an input of its own of 256 numbers.
    """
    return between_tables(fields, _layers(fields), tied=True, extra=_layer_inputs(fields))


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    mixed = (_mixture(fields),) if fields.flag("enable_moe_block", default=False) else ()
    gated = _gated_input(fields)
    norms = (7 if mixed else 4) + len(gated)
    default = (*((layer + 1) % 6 != 0 for layer in range(layers - 1)), False)
    seen = [*sliding_layers(fields, layers, default)[:-1], False]
    owners = _keep_keys(fields, seen)
    for layer, (sliding, owns) in enumerate(zip(seen, owners, strict=True)):
        attention = _attention(fields, layer, sliding)
        parts: tuple[Part, ...] = (
            attention if owns else _without_keys(attention), _dense(fields, owns), *mixed, *gated,
        )  # fmt: skip
        kind = layer_kind(sliding, sparse=False) + " and MoE" * len(mixed)
        yield Stack(1, parts, norms * d_model, kind if owns else f"{kind}, shared keys")


def _keep_keys(fields: Fields, sliding: list[bool]) -> list[bool]:
    """All but the last `num_kv_shared_layers`, each of whose kinds must be among the others."""
    first = len(sliding) - fields.size("num_kv_shared_layers", low=0)
    if set(sliding[: max(first, 0)]) != set(sliding):
        raise fields.refuse(
            "num_kv_shared_layers", "smaller, so that one layer of each kind keeps its own keys"
        )
    return [layer < first for layer in range(len(sliding))]


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


def _without_keys(attention: GroupedQueryAttention) -> GroupedQueryAttention:
    """Projects and norms queries alone."""
    norm = vector("attention", "query norm", attention.head_dim)
    return replace(attention, keeps_keys=False, qk_norm="none", extra=(norm,))


def _dense(fields: Fields, owns_keys: bool) -> DenseFeedForward:
    """`use_double_wide_mlp`: twice as wide in layers without keys of their own."""
    width = fields.size("intermediate_size")
    wide = not owns_keys and fields.flag("use_double_wide_mlp")
    return DenseFeedForward(fields.size("hidden_size"), 2 * width if wide else width)


def _mixture(fields: Fields) -> MixtureFeedForward:
    """The router scales its input by a learnt vector and each expert's weight by a number."""
    mixed = mixture(fields, experts=("num_experts",), chosen=("top_k_experts",))
    scales = mixed.d_model + mixed.n_experts
    return replace(mixed, extra=(vector("router", "scales of input and experts", scales),))


def _layer_inputs(fields: Fields) -> tuple[Weights, ...]:
    """A second table has a row a token for all layers together, beside a projection of the first.

    d_p, `hidden_size_per_layer_input`: numbers of it that a layer gets.
    """
    width = fields.size("hidden_size_per_layer_input", low=0)
    if not width:
        return ()
    rows, together = fields.size("vocab_size_per_layer_input"), count_layers(fields) * width
    return (
        Weights("embedding", "inputs of layers", (rows, together), multiplied=False),
        matrix("other", "inputs of layers, projection", fields.size("hidden_size"), together),
        vector("norms", "inputs of layers, norm", width),
    )


def _gated_input(fields: Fields) -> tuple[FixedMixer, ...]:
    """Adds a layer's own input to the residual stream; its norm is among the layer's."""
    width = fields.size("hidden_size_per_layer_input", low=0)
    if not width:
        return ()
    d_model = fields.size("hidden_size")
    gates = (
        matrix("other", "input of the layer, gate", d_model, width),
        matrix("other", "input of the layer, projection", width, d_model),
    )
    return (FixedMixer("input of the layer", gates),)
