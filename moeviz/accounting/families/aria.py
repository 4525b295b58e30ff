"""Aria's text model: Llama's attention, experts in every layer beside shared ones."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.families.decoder import (
    biased,
    decoder,
    grouped_query,
    mixture,
    with_shared,
)
from moeviz.accounting.families.layers import count_layers
from moeviz.accounting.fields import Fields


def aria_text(fields: Fields) -> Architecture:
    """`model_type` "aria_text": `mlp_bias` on the shared experts alone."""
    attention = biased(grouped_query(fields), fields.flag("attention_bias"))
    mixed = with_shared(
        mixture(fields, "intermediate_size", ("moe_num_experts",), ("moe_topk",)),
        fields,
        "moe_num_shared_experts",
        bias=fields.flag("mlp_bias"),
        low=1,
    )
    return decoder(fields, [(attention, mixed)] * count_layers(fields))
