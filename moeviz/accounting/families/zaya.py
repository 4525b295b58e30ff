"""ZAYA1: attention in a compressed space behind two convolutions, a network as the router.

The router can send a token past the experts; active parameters are counted as if it never did. The
balancing biases, moved by rule, are no parameters of the class and are not counted, nor is the
constant state of the convolutions.
"""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.weights import Weights, matrix, vector


def zaya(fields: Fields) -> Architecture:
    """`model_type` "zaya". Embedding and head are tied unless the file says otherwise."""
    d_model = fields.size("hidden_size")
    return between_tables(
        fields,
        _layers(fields),
        tied=True,
        head_bias=fields.flag("lm_head_bias", default=False),
        extra=(vector("other", "scale and shift of the embedded input", 2 * d_model),),
    )


def _layers(fields: Fields) -> Iterable[Stack]:
    """The first router cannot mix in the states of one before it."""
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    kinds = fields.words("layer_types", layers, ("hybrid", "hybrid_sliding"))
    for layer, kind in enumerate(kinds or ("hybrid",) * layers):
        sliding = kind == "hybrid_sliding"
        parts = (_attention(fields, sliding), _mixture(fields, first=layer == 0))
        name = "sliding-window attention, MoE" if sliding else "MoE"
        yield Stack(1, parts, 2 * d_model, f"first, {name}" if layer == 0 else name)


def _attention(fields: Fields, sliding: bool) -> GroupedQueryAttention:
    """Half of the values come from the position before; keys are scaled by a number a head."""
    n_heads, width = fields.size("num_attention_heads"), fields.size("head_dim")
    n_kv_heads = fields.size("num_key_value_heads", high=n_heads)
    if n_kv_heads * width % 2:
        raise fields.refuse("head_dim", f"even, or num_key_value_heads ({n_kv_heads}) must be even")
    heads, bias = n_heads + n_kv_heads, fields.flag("attention_bias", default=False)
    channelwise = (heads * width, fields.size("cca_time0"))
    headwise = (heads, width, width, fields.size("cca_time1"))
    return GroupedQueryAttention(
        fields.size("hidden_size"),
        n_heads,
        n_kv_heads,
        width,
        qkv_bias=bias,
        output_bias=bias,
        window=fields.size("sliding_window") if sliding else None,
        extra=(
            Weights("attention", "convolution in each channel", channelwise),
            Weights("attention", "convolution in each head", headwise),
            vector("attention", "biases of the convolutions", 2 * heads * width),
            vector("attention", "scales of keys", n_kv_heads),
        ),
    )


def _mixture(fields: Fields, first: bool) -> MixtureFeedForward:
    d_model, n_experts = fields.size("hidden_size"), fields.size("num_experts")
    inner = fields.size("router_hidden_size")
    if fields.size("num_experts_per_tok") != 1:
        raise fields.refuse("num_experts_per_tok", "1")
    network = [
        matrix("router", "router, down to its width", d_model, inner),
        matrix("router", "router, two inner layers", inner, inner).times(2),
        matrix("router", "router, output layer (experts and skip)", inner, n_experts + 1),
        vector("router", "router, biases and norm", (3 if first else 4) * inner + inner),
    ]
    residual = vector("other", "scales and shifts of the residuals", 8 * d_model)
    return RoutedByNetwork(
        d_model,
        fields.size("moe_intermediate_size"),
        n_experts,
        1,
        extra=(*network, residual),
    )


class RoutedByNetwork(MixtureFeedForward):
    """A mixture whose router is listed among its further tensors, not one matrix."""

    __slots__ = ()

    def weights(self) -> tuple[Weights, ...]:
        """As of any mixture, but for the router's matrix."""
        plain = matrix("router", "router", self.d_model, self.n_experts)
        return tuple(each for each in MixtureFeedForward.weights(self) if each != plain)
