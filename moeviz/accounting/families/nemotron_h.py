"""Nemotron-H: layers of one block each: Mamba-2, attention, mixture or dense feed-forward."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, refuse_tied
from moeviz.accounting.families.mixers import mamba2
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
    Part,
)
from moeviz.accounting.weights import Weights, matrix, vector

LETTERS = {"M": "linear_attention", "E": "moe", "*": "full_attention", "-": "mlp"}


def nemotron_h(fields: Fields) -> Architecture:
    """`model_type` "nemotron_h". Layers by `layers_block_type` or `hybrid_override_pattern`."""
    d_model = fields.size("hidden_size")
    refuse_tied(fields)
    blocks = {kind: _block(fields, kind) for kind in dict.fromkeys(_kinds(fields))}
    return between_tables(
        fields,
        (Stack(1, (blocks[kind],), d_model, kind) for kind in _kinds(fields)),
    )


def _kinds(fields: Fields) -> tuple[str, ...]:
    named = fields.listed_words("layers_block_type", tuple(LETTERS.values()))
    if named is not None:
        return named
    pattern = fields.letters("hybrid_override_pattern", "".join(LETTERS))
    if pattern is None:
        return fields.filled("layers_block_type", tuple(LETTERS.values()))
    fields.read_as("hybrid_override_pattern", "layers_block_type")
    return tuple(LETTERS[letter] for letter in pattern)


def _block(fields: Fields, kind: str) -> Part:
    if kind == "linear_attention":
        return _mamba(fields)
    if kind == "full_attention":
        return _attention(fields)
    if kind == "moe":
        return _mixture(fields)
    bias = fields.flag("mlp_bias", default=False)
    width = fields.size("intermediate_size")
    return DenseFeedForward(fields.size("hidden_size"), width, gated=False, bias=bias)


def _mamba(fields: Fields) -> FixedMixer:
    return mamba2(
        fields.size("hidden_size"),
        (fields.size("mamba_num_heads"), fields.size("mamba_head_dim")),
        fields.size("ssm_state_size"),
        fields.size("n_groups", "mamba_n_groups"),
        fields.size("conv_kernel", "mamba_d_conv"),
        conv_bias=fields.flag("use_conv_bias"),
        bias=fields.flag("use_bias"),
    )


def _attention(fields: Fields) -> GroupedQueryAttention:
    if fields.flag("attention_bias", default=False):
        raise fields.refuse("attention_bias", "false: the class has no such bias")
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    return GroupedQueryAttention(
        d_model,
        n_heads,
        fields.kv_heads(n_heads),
        fields.head_dim(d_model, n_heads),
        window=fields.optional_size("sliding_window"),
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    """Experts without gates; with `moe_latent_size` they work in a narrower space."""
    n_experts = fields.size("n_routed_experts")
    d_model, latent = fields.size("hidden_size"), fields.optional_size("moe_latent_size")
    bias = fields.flag("mlp_bias", default=False)
    extra: tuple[Weights, ...] = ()
    if latent is not None:
        extra = (
            matrix("routed_experts", "latent, down projection", d_model, latent),
            matrix("routed_experts", "latent, up projection", latent, d_model),
        )
        if bias:
            extra = (*extra, vector("routed_experts", "latent biases", latent + d_model))
    return MixtureFeedForward(
        d_model,
        fields.size("moe_intermediate_size"),
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        gated=False,
        d_shared=fields.size("moe_shared_expert_intermediate_size"),
        correction_bias=True,
        shared_bias=bias,
        d_routed=latent,
        extra=extra,
    )
