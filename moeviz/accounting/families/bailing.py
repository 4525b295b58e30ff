"""Ling, both generations: grouped-query attention, shared experts, fields under two names.

Source: inclusionAI's modeling_bailing_moe.py and modeling_bailing_moe_v2.py.
"""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    alternating,
    decoder,
    dense_first,
    grouped_query,
    mixture,
    with_shared,
)
from moeviz.accounting.families.layers import count_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward


def bailing_moe(fields: Fields) -> Architecture:
    """`model_type` "bailing_moe" (Ling-lite, Ling-plus).

    The second generation's files may carry this type too: they name their class in `architectures`.
    `use_bias` must be stated, and be false: no released model has those biases.
    """
    if "BailingMoeV2ForCausalLM" in fields.names("architectures"):
        return bailing_moe_v2(fields)
    if fields.flag("use_bias"):
        raise fields.refuse("use_bias", "false")
    if fields.flag("multi_gate", default=False):
        raise fields.refuse("multi_gate", "false: routers for images are not counted")
    attention = replace(grouped_query(fields), qkv_bias=fields.flag("use_qkv_bias", default=False))
    return _decoder(fields, attention, correction=False)


def bailing_moe_v2(fields: Fields) -> Architecture:
    """`model_type` "bailing_moe_v2" (Ling-mini-2.0): correction biases; norms on queries and keys.

    Biases and norms (`use_bias`, `use_qkv_bias`, `use_qk_norm`) must be stated.
    """
    attention = replace(
        grouped_query(fields),
        qkv_bias=fields.flag("use_qkv_bias"),
        output_bias=fields.flag("use_bias"),
        qk_norm="per_head" if fields.flag("use_qk_norm") else "none",
    )
    return _decoder(fields, attention, correction=True)


def _decoder(fields: Fields, attention: GroupedQueryAttention, correction: bool) -> Architecture:
    def experts(fields: Fields) -> MixtureFeedForward:
        mixed = mixture(fields, experts=("num_experts", "n_routed_experts"))
        shared = with_shared(mixed, fields, "num_shared_experts", "n_shared_experts")
        return replace(shared, correction_bias=correction)

    layers = alternating(
        fields, attention, dense_first(fields, count_layers(fields)), mixture=experts
    )
    return decoder(fields, layers)
