"""Kimi Linear and Ling 3.0: delta attention with latent attention in some layers."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import (
    between_tables,
    count_layers,
    linear_layers,
    mixture_layers,
    refuse_tied,
)
from moeviz.accounting.families.mixers import kimi_delta_attention
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    LatentAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import Weights, matrix

OLDER = "linear_attn_config"


def kimi_linear(fields: Fields) -> Architecture:
    """`model_type` "kimi_linear". Sizes of linear attention here or in `linear_attn_config`."""
    mixer = kimi_delta_attention(
        fields.size("hidden_size"),
        _linear(fields, "linear_num_heads", "num_heads"),
        _linear(fields, "linear_head_dim", "head_dim"),
        _linear(fields, "linear_conv_kernel_dim", "short_conv_kernel_size"),
        low_rank=2,
    )
    attention = _attention(fields, fields.optional_size("q_lora_rank"), ())
    return _architecture(fields, mixer, attention, _linear_layers(fields, count_layers(fields)))


def _linear(fields: Fields, name: str, released: str) -> int:
    """The released file's own name, in its object, counts where both are there."""
    older = fields.inner(OLDER) if fields.has(OLDER) else None
    if older is None or not older.has(released):
        return fields.size(name)
    older.read_as(released, name)
    return older.size(released)


def _linear_layers(fields: Fields, layers: int) -> tuple[bool, ...]:
    """By `layer_types`, else by the released lists, which count from 1, else three of four."""
    older = fields.inner(OLDER) if fields.has(OLDER) else None
    if older is not None and older.has("kda_layers") and older.has("full_attn_layers"):
        listed = frozenset(older.sizes("kda_layers", low=1) or ())
        found = tuple(n in listed for n in range(1, layers + 1))
        if not fields.has("layer_types"):
            older.read_as("kda_layers", "layer_types")
            return found
    usual = tuple(not (layer and layer % 4 == 0) for layer in range(layers))
    return linear_layers(fields, layers, usual)


def bailing_hybrid(fields: Fields) -> Architecture:
    """`model_type` "bailing_hybrid": one gate a head on latent attention.

    Without `layer_types`, latent attention is in every `layer_group_size`-th layer. Files saved
    again name the width of a linear head `linear_head_dim`; their `head_dim` means another.
    """
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    mixer = kimi_delta_attention(
        d_model,
        _own(fields, "linear_num_heads", "num_attention_heads"),
        _own(fields, "linear_head_dim", "head_dim"),
        _own(fields, "linear_conv_kernel_dim", "short_conv_kernel_size"),
        low_rank=0,
    )
    layers = count_layers(fields)
    default = None
    if not fields.has("layer_types"):
        group = fields.size("layer_group_size")
        default = tuple((layer + 1) % group != 0 for layer in range(layers))
    gate = matrix("attention", "output gate", d_model, n_heads)
    attention = _attention(fields, None, (gate,))
    return _architecture(fields, mixer, attention, linear_layers(fields, layers, default))


def _own(fields: Fields, name: str, usual: str) -> int:
    """Files saved again have a name of its own for what the class takes from another field."""
    return fields.size(name if fields.states(name) else usual)


def _architecture(
    fields: Fields, mixer: FixedMixer, attention: LatentAttention, linear: tuple[bool, ...]
) -> Architecture:
    refuse_tied(fields)
    return between_tables(fields, _layers(fields, mixer, attention, linear))


def _layers(
    fields: Fields, mixer: FixedMixer, attention: LatentAttention, linear: tuple[bool, ...]
) -> Iterable[Stack]:
    d_model, mixture = fields.size("hidden_size"), _mixture(fields)
    dense = DenseFeedForward(d_model, fields.size("intermediate_size"))
    for fixed, sparse in zip(linear, mixture_layers(fields, len(linear), 1), strict=True):
        kind = f"{'delta' if fixed else 'latent'} attention, {'MoE' if sparse else 'dense'}"
        parts = (mixer if fixed else attention, mixture if sparse else dense)
        yield Stack(1, parts, 2 * d_model, kind)


def _attention(fields: Fields, q_rank: int | None, extra: tuple[Weights, ...]) -> LatentAttention:
    return LatentAttention(
        fields.size("hidden_size"),
        fields.size("num_attention_heads"),
        q_rank,
        fields.size("kv_lora_rank"),
        fields.size("qk_nope_head_dim"),
        fields.size("qk_rope_head_dim"),
        fields.size("v_head_dim"),
        bias=fields.flag("attention_bias", default=False),
        extra=extra,
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts = fields.size("num_experts", "num_local_experts")
    d_expert = fields.size("moe_intermediate_size")
    return MixtureFeedForward(
        fields.size("hidden_size"),
        d_expert,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_token", "num_experts_per_tok"),
        d_shared=d_expert * fields.size("num_shared_experts", "n_shared_experts"),
        correction_bias=True,
        groups=fields.groups(
            n_experts, fields.top_k(n_experts, "num_experts_per_token", "num_experts_per_tok")
        ),
    )
