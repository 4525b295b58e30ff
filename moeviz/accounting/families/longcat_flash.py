"""LongCat-Flash: two attentions and two dense feed-forwards per layer, beside one mixture.

Some of the experts that the router can choose return their input: they store nothing. Active
parameters are counted as if every token went to K real experts, an upper bound.
"""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.latent import latent_attention
from moeviz.accounting.families.layers import between_tables
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import DenseFeedForward, MixtureFeedForward
from moeviz.accounting.weights import Weights, matrix, vector


def longcat_flash(fields: Fields) -> Architecture:
    """`model_type` "longcat_flash"."""
    d_model = fields.size("hidden_size")
    key = fields.size("qk_nope_head_dim") + fields.size("qk_rope_head_dim")
    if fields.size("qk_head_dim", default=key) != key:
        raise fields.refuse("qk_head_dim", f"{key}: qk_nope_head_dim + qk_rope_head_dim")
    fields.size("q_lora_rank")
    attention = latent_attention(fields)
    dense = DenseFeedForward(d_model, fields.size("ffn_hidden_size"))
    parts = (attention, _mixture(fields), dense, attention, dense)
    n_layers = fields.size("num_layers", high=MAX_LAYERS)
    return between_tables(
        fields,
        (Stack(n_layers, parts, 4 * d_model, "two blocks beside an MoE"),),
    )


def _mixture(fields: Fields) -> MixtureFeedForward:
    d_model, n_experts = fields.size("hidden_size"), fields.size("n_routed_experts")
    unchanged = fields.size("zero_expert_num", low=0, default=0)
    bias = fields.flag("router_bias", default=False)
    extra: tuple[Weights, ...] = ()
    if unchanged:
        extra = (
            matrix("router", "router, to identity experts", d_model, unchanged),
            vector("router", "selection bias of identity experts", unchanged),
        )
        if bias:
            extra = (*extra, vector("router", "router bias of unchanged inputs", unchanged))
    return MixtureFeedForward(
        d_model,
        fields.size("expert_ffn_hidden_size"),
        n_experts,
        fields.top_k(n_experts, "moe_topk", "num_experts_per_tok"),
        router_bias=bias,
        correction_bias=True,
        extra=extra,
    )
