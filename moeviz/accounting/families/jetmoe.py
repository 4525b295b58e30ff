"""JetMoE: a mixture in the feed-forward and a mixture of attention heads before it."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward
from moeviz.accounting.weights import Weights, matrix, vector


@dataclass(frozen=True, slots=True)
class MixtureOfAttention(GroupedQueryAttention):
    """Experts of query and output projections over keys and values that all of them share.

    Each of a token's K experts brings n_kv_heads query heads, so n_heads is k times
    n_kv_heads.

    Source: JetMoE, arXiv:2404.07413, section 2.2.
    """

    n_experts: int = 1

    def weights(self) -> tuple[Weights, ...]:
        """D·E (router) + E·2·D·G·d (experts) + 2·D·G·d (keys and values) + D (bias)."""
        width = self.n_kv_heads * self.head_dim
        top_k = self.n_heads // self.n_kv_heads
        experts = (
            matrix("routed_experts", "query projection of an expert", self.d_model, width),
            matrix("routed_experts", "output projection of an expert", width, self.d_model),
        )
        return (
            matrix("router", "router of attention", self.d_model, self.n_experts),
            *(
                Weights(w.component, w.role, w.shape, self.n_experts, True, (top_k, self.n_experts))
                for w in experts
            ),
            matrix("attention", "key and value projection", self.d_model, 2 * width),
            vector("routed_experts", "output bias, shared", self.d_model),
        )


def jetmoe(fields: Fields) -> Architecture:
    """`model_type` "jetmoe". Embedding and head are tied unless the file says otherwise."""
    d_model = fields.size("hidden_size")
    n_experts = fields.size("num_local_experts")
    top_k = fields.top_k(n_experts, "num_experts_per_tok")
    n_kv_heads = fields.size("num_key_value_heads")
    attention = MixtureOfAttention(
        d_model, n_kv_heads * top_k, n_kv_heads, fields.size("kv_channels"), n_experts=n_experts
    )
    mixture = MixtureFeedForward(
        d_model,
        fields.size("intermediate_size"),
        n_experts,
        top_k,
        extra=(vector("routed_experts", "output bias, shared", d_model),),
    )
    return between_tables(
        fields,
        (Stack(count_layers(fields), (attention, mixture), 2 * d_model, "MoE"),),
        tied=True,
    )
