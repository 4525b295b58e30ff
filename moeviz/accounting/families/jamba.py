"""Jamba: Mamba layers with attention in between, mixtures in some feed-forwards."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.families.mixers import mamba
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    FixedMixer,
    GroupedQueryAttention,
    MixtureFeedForward,
)


def jamba(fields: Fields) -> Architecture:
    """`model_type` "jamba". A step rank of "auto" or none is ⌈hidden_size / 16⌉."""
    return between_tables(fields, _layers(fields), tied=False)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, d_hidden = fields.size("hidden_size"), fields.size("intermediate_size")
    n_experts = fields.size("num_experts", "num_local_experts")
    dense = DenseFeedForward(d_model, d_hidden)
    top_k = fields.top_k(n_experts, "num_experts_per_tok") if n_experts > 1 else 1
    mixture = MixtureFeedForward(d_model, d_hidden, n_experts, top_k)
    attention, mixer = _attention(fields), _mamba(fields)
    attended, chosen = _every(fields, "attn_layer"), _every(fields, "expert_layer")
    for layer in range(count_layers(fields)):
        mixes = attention if layer % attended[0] == attended[1] else mixer
        sparse = n_experts > 1 and layer % chosen[0] == chosen[1]
        kind = "attention" if mixes is attention else "Mamba"
        feed_forward = mixture if sparse else dense
        name = f"{kind}, {'MoE' if sparse else 'dense'}"
        yield Stack(1, (mixes, feed_forward), 2 * d_model, name)


def _every(fields: Fields, what: str) -> tuple[int, int]:
    """(period, offset): the layers that are offset after a multiple of period."""
    period = fields.size(f"{what}_period")
    return period, fields.size(f"{what}_offset", low=0, high=period - 1)


def _attention(fields: Fields) -> GroupedQueryAttention:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    n_kv_heads = fields.kv_heads(n_heads)
    return GroupedQueryAttention(d_model, n_heads, n_kv_heads, fields.head_dim(d_model, n_heads))


def _mamba(fields: Fields) -> FixedMixer:
    d_model = fields.size("hidden_size")
    automatic = fields.is_word("mamba_dt_rank", "auto") or not fields.has("mamba_dt_rank")
    return mamba(
        d_model,
        fields.size("mamba_expand") * d_model,
        fields.size("mamba_d_state"),
        fields.size("mamba_d_conv"),
        -(-d_model // 16) if automatic else fields.size("mamba_dt_rank"),
        conv_bias=fields.flag("mamba_conv_bias"),
        bias=fields.flag("mamba_proj_bias"),
    )
