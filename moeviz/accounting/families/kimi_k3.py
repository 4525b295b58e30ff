"""Kimi K3's text model: Kimi Linear with latent experts, gated attention, attention residuals.

Its files say `model_type` "kimi_linear" inside "kimi_k3", and mean a class of their own.

Source: models/kimi_k3.py and configs/kimi_linear.py of sglang.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense
from moeviz.accounting.families.latent import latent_attention
from moeviz.accounting.families.layers import between_tables, count_layers, refuse_tied
from moeviz.accounting.families.mixers import attention_residuals, kimi_delta_attention
from moeviz.accounting.fields import MAX_SHARED_EXPERTS, Fields
from moeviz.accounting.parts import FixedMixer, LatentAttention, MixtureFeedForward, Part
from moeviz.accounting.weights import Weights, matrix, vector

LINEAR = "linear_attn_config"


def kimi_k3_text(fields: Fields) -> Architecture:
    """The `text_config` of `model_type` "kimi_k3".

    The checkpoint keeps each layer's A_log among 128 numbers, of which its code reads one a head:
    only those count.
    """
    refuse_tied(fields)
    d_model = fields.size("hidden_size")
    extra: tuple[Weights, ...] = ()
    if fields.has("attn_res_block_size"):
        extra = (
            vector("norms", "norm of earlier blocks, before the head", d_model),
            matrix("other", "query over earlier blocks, before the head", d_model, 1),
        )
    return between_tables(fields, _layers(fields), extra=extra)


def _layers(fields: Fields) -> Iterable[Stack]:
    linear, n_layers = fields.inner(LINEAR), count_layers(fields)
    delta = linear.sizes("kda_layers", low=1)
    if delta is None:
        raise linear.refuse("kda_layers", "a list of layers, counted from 1")
    mixer, attention, mixture = _delta(fields, linear), _attention(fields), _mixture(fields)
    block = fields.optional_size("attn_res_block_size")
    first, every = fields.size("first_k_dense_replace", low=0), fields.size("moe_layer_freq")
    for layer in range(n_layers):
        fixed, sparse = layer + 1 in delta, layer >= first and layer % every == 0
        parts: list[Part] = [mixer if fixed else attention, mixture if sparse else dense(fields)]
        if block is not None:
            parts.append(attention_residuals(fields.size("hidden_size"), layer, block))
        kind = f"{'delta' if fixed else 'latent'} attention, {'MoE' if sparse else 'dense'}"
        yield Stack(1, tuple(parts), 2 * fields.size("hidden_size"), kind)


def _delta(fields: Fields, linear: Fields) -> FixedMixer:
    return kimi_delta_attention(
        fields.size("hidden_size"),
        linear.size("num_heads"),
        linear.size("head_dim"),
        linear.size("short_conv_kernel_size"),
        low_rank=1 if linear.flag("use_full_rank_gate", default=False) else 2,
    )


def _attention(fields: Fields) -> LatentAttention:
    attention = latent_attention(fields)
    if not fields.flag("mla_use_output_gate"):
        return attention
    width = attention.n_heads * attention.value_dim
    gate = matrix("attention", "output gate", attention.d_model, width)
    return replace(attention, extra=(gate,))


def _mixture(fields: Fields) -> MixtureFeedForward:
    """With `routed_expert_hidden_size` the routed experts work in a narrower space."""
    d_model, n_experts = fields.size("hidden_size"), fields.size("num_experts")
    latent = fields.optional_size("routed_expert_hidden_size")
    width = fields.size("moe_intermediate_size")
    n_shared = fields.size("num_shared_experts", low=0, high=MAX_SHARED_EXPERTS)
    extra: list[Weights] = []
    if latent is not None:
        extra = [
            matrix("routed_experts", "latent, down projection", d_model, latent),
            matrix("routed_experts", "latent, up projection", latent, d_model),
        ]
    if latent is not None and fields.flag("latent_moe_use_norm"):
        extra.append(vector("routed_experts", "norm of the latent", latent))
    return MixtureFeedForward(
        d_model,
        width,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_token"),
        d_shared=width * n_shared,
        correction_bias=True,
        d_routed=latent,
        extra=tuple(extra),
    )
