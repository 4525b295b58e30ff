"""Hunyuan: Large, with attention that shares keys across layers, and A13B.

Numbers of experts and of choices may differ from layer to layer.

Source: Tencent-Hunyuan-Large, models/modeling_hunyuan.py; transformers' class for A13B.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    Layer,
    biased,
    count_layers,
    decoder,
    grouped_query,
)
from moeviz.accounting.fields import MAX_LAYERS, MAX_SHARED_EXPERTS, Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward


def hunyuan_v1_moe(fields: Fields) -> Architecture:
    """`model_type` "hunyuan_v1_moe" (A13B): norms on queries and keys, one shared expert.

    `head_dim` must be stated: the class cannot be built without it.
    """
    attention = _attention(fields, fields.size("head_dim"))
    attention = replace(attention, qk_norm="per_head")
    return _decoder(fields, [attention] * count_layers(fields), shared=True)


def hunyuan(fields: Fields) -> Architecture:
    """`model_type` "hunyuan" (Large): with `use_cla` each `cla_share_factor`-th layer has keys.

    The others project queries alone, yet have both norms. Dense layers and biases on the experts
    are refused: no released model has them.
    """
    fields.size("num_experts", low=2)
    fields.size("moe_layer_num_skipped", low=0, high=0)
    if fields.flag("mlp_bias"):
        raise fields.refuse("mlp_bias", "false")
    attention = _attention(fields)
    if attention.head_dim * attention.n_heads != attention.d_model:
        raise fields.refuse("head_dim", "hidden_size / num_attention_heads")
    if fields.flag("use_qk_norm", default=False):
        attention = replace(attention, qk_norm="per_head")
    share = 1
    if fields.flag("use_cla", default=False):
        share = fields.size("cla_share_factor", high=MAX_LAYERS)
    attentions = [
        replace(attention, keeps_keys=layer % share == 0) for layer in range(count_layers(fields))
    ]
    return _decoder(fields, attentions, fields.flag("use_mixed_mlp_moe", default=False))


def _attention(fields: Fields, head_dim: int | None = None) -> GroupedQueryAttention:
    attention = grouped_query(fields, head_dim)
    return biased(attention, fields.flag("attention_bias", default=False))


def _decoder(fields: Fields, attentions: list[GroupedQueryAttention], shared: bool) -> Architecture:
    n_layers = len(attentions)
    width, n_experts = fields.size("intermediate_size"), fields.size("num_experts")
    widths = fields.by_layer("moe_intermediate_size", n_layers, default=width)
    if any(each != width for each in widths):
        raise fields.refuse("moe_intermediate_size", f"{width} as intermediate_size is")
    n_shared = fields.by_layer("num_shared_expert", n_layers, high=MAX_SHARED_EXPERTS, default=1)
    layers: list[Layer] = [
        (
            attention,
            MixtureFeedForward(
                attention.d_model, width, n_experts, top_k, d_shared=width * count if shared else 0
            ),
        )
        for attention, top_k, count in zip(
            attentions, fields.by_layer("moe_topk", n_layers, high=n_experts), n_shared, strict=True
        )
    ]
    return decoder(fields, layers)
