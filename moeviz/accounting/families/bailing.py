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

V2 = "bailing_moe_v2"
BIASES = "moe_router_enable_expert_bias"
SHARED = "moe_shared_expert_intermediate_size"


def bailing_moe(fields: Fields) -> Architecture:
    """`model_type` "bailing_moe" (Ling-lite, Ling-plus).

    The second generation's files may carry this type too: they name their class in `architectures`.
    `use_bias` must be stated, and be false: no released model has those biases.
    """
    if "BailingMoeV2ForCausalLM" in fields.names("architectures"):
        return bailing_moe_v2(fields.as_type(V2))
    if fields.flag("use_bias"):
        raise fields.refuse("use_bias", "false")
    for name in ("use_qk_norm", BIASES):
        if fields.flag(name):
            raise fields.refuse(name, "false: the first generation's own code has none of these")
    fields.size("num_key_value_heads")  # its class has 0 where it is left out
    return _decoder(fields, grouped_query(fields), correction=False)


def bailing_moe_v2(fields: Fields) -> Architecture:
    """`model_type` "bailing_moe_v2" (Ling-mini-2.0): correction biases; norms on queries and keys.

    Its own code has the biases whatever `moe_router_enable_expert_bias` says.
    """
    if not fields.flag(BIASES):
        raise fields.refuse(BIASES, "true: its own code has the biases, ports of it have none")
    attention = replace(
        grouped_query(fields),
        output_bias=fields.flag("use_bias"),
        qk_norm="per_head" if fields.flag("use_qk_norm") else "none",
    )
    return _decoder(fields, attention, correction=True)


def _decoder(fields: Fields, attention: GroupedQueryAttention, correction: bool) -> Architecture:
    if fields.flag("multi_gate"):
        raise fields.refuse("multi_gate", "false: routers for images are not counted")

    def experts(fields: Fields) -> MixtureFeedForward:
        mixed = mixture(fields, experts=("num_experts", "n_routed_experts"))
        shared = with_shared(mixed, fields, "num_shared_experts", "n_shared_experts")
        if shared.d_shared and fields.optional_size(SHARED) not in (None, mixed.d_expert):
            alike = "moe_intermediate_size, as its own code takes it"
            raise fields.refuse(SHARED, f"{mixed.d_expert}, {alike}")
        return replace(shared, correction_bias=correction)

    layers = alternating(
        fields,
        replace(attention, qkv_bias=fields.flag("use_qkv_bias")),
        dense_first(fields, count_layers(fields)),
        mixture=experts,
    )
    return decoder(fields, layers)
