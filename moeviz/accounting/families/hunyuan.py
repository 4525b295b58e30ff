"""Hunyuan: Large, with attention that shares keys across layers, and A13B.

Experts per token and shared experts may differ from layer to layer.

Sources: models/modeling_hunyuan.py of Hunyuan's own code; transformers' class for A13B.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    Layer,
    biased,
    decoder,
    dense,
    grouped_query,
)
from moeviz.accounting.families.layers import count_layers
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
    """`model_type` "hunyuan" (Large, and A13B as first released).

    With `use_cla` each `cla_share_factor`-th layer has keys; the others project queries alone, yet
    have both norms. One expert makes a dense model. Refused is what no file with this code has:
    latent attention, Mamba layers, a head for classes, dense layers before the experts, biases on
    the experts, and other norms than RMS norms.
    """
    for name in ("use_mla", "mamba", "add_classification_head", "mlp_bias"):
        if fields.flag(name):
            raise fields.refuse(name, "false")
        fields.forget(name)
    fields.size("moe_layer_num_skipped", low=0, high=0)
    fields.word("norm_type", ("rms", "hf_rms"))
    for name in ("moe_layer_num_skipped", "norm_type"):
        fields.forget(name)
    attention = _attention(fields)
    if attention.head_dim * attention.n_heads != attention.d_model:
        raise fields.refuse("head_dim", "hidden_size / num_attention_heads")
    if fields.flag("use_qk_norm"):
        attention = replace(attention, qk_norm="per_head")
    share = fields.size("cla_share_factor", high=MAX_LAYERS) if fields.flag("use_cla") else 1
    attentions = [
        replace(attention, keeps_keys=layer % share == 0) for layer in range(count_layers(fields))
    ]
    if fields.size("num_experts") == 1:
        return decoder(fields, [(each, dense(fields)) for each in attentions])
    return _decoder(fields, attentions, fields.flag("use_mixed_mlp_moe"))


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
