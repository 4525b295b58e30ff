"""Qwen3-Next and Qwen3.5: gated DeltaNet with gated attention in every fourth layer."""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense
from moeviz.accounting.families.layers import between_tables, count_layers, linear_layers
from moeviz.accounting.families.mixers import gated_delta_net
from moeviz.accounting.families.qwen import with_gated_shared
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import FixedMixer, GroupedQueryAttention
from moeviz.accounting.weights import vector


def qwen3_next(fields: Fields) -> Architecture:
    """`model_type` "qwen3_next". Dense layers: in `mlp_only_layers` or between sparse steps."""
    step = fields.size("decoder_sparse_step", default=1)
    without = frozenset(fields.sizes("mlp_only_layers") or ())
    return _architecture(
        fields,
        [layer not in without and (layer + 1) % step == 0 for layer in range(count_layers(fields))],
    )


def qwen3_5_moe_text(fields: Fields) -> Architecture:
    """`model_type` "qwen3_5_moe_text": experts in every layer."""
    return _architecture(fields, [True] * count_layers(fields))


def qwen3_5_text(fields: Fields) -> Architecture:
    """`model_type` "qwen3_5_text": dense."""
    return _architecture(fields, [False] * count_layers(fields))


def _architecture(fields: Fields, sparse: list[bool]) -> Architecture:
    return between_tables(fields, _layers(fields, sparse))


def _layers(fields: Fields, sparse: list[bool]) -> Iterable[Stack]:
    """Without `layer_types`, attention in every `full_attention_interval`-th layer, 4 by itself."""
    d_model = fields.size("hidden_size")
    interval = fields.size("full_attention_interval", default=4)
    default = tuple((layer + 1) % interval != 0 for layer in range(len(sparse)))
    attention, mixer = gated_attention(fields), delta_net(fields)
    feeds = {mixed: (with_gated_shared if mixed else dense)(fields) for mixed in set(sparse)}
    for linear, mixed in zip(linear_layers(fields, len(sparse), default), sparse, strict=True):
        kind = f"{'linear' if linear else 'full'} attention, {'MoE' if mixed else 'dense'}"
        yield Stack(1, (mixer if linear else attention, feeds[mixed]), 2 * d_model, kind)


def gated_attention(fields: Fields) -> GroupedQueryAttention:
    """Gated; a bias of the queries comes with one of their gate."""
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    head_dim = fields.size("head_dim")
    bias = fields.flag("attention_bias", default=False)
    return GroupedQueryAttention(
        d_model,
        n_heads,
        fields.kv_heads(n_heads),
        head_dim,
        qkv_bias=bias,
        output_bias=bias,
        qk_norm="per_head",
        gate="elementwise",
        extra=(vector("attention", "gate bias", n_heads * head_dim),) if bias else (),
    )


def delta_net(fields: Fields) -> FixedMixer:
    """Of the sizes that Qwen's files name."""
    return gated_delta_net(
        fields.size("hidden_size"),
        (fields.size("linear_num_key_heads"), fields.size("linear_key_head_dim")),
        (fields.size("linear_num_value_heads"), fields.size("linear_value_head_dim")),
        fields.size("linear_conv_kernel_dim"),
    )
