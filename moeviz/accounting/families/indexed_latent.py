"""DeepSeek-V3.2 and GLM-5: latent attention that reads only the positions an indexer picks.

Products and cache are those of attention to all positions, an upper bound, with the indexer's own:
which positions it picks is decided as the model runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import mixture_layers, n_layers, stacked
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import DenseFeedForward, LatentAttention, MixtureFeedForward
from moeviz.accounting.weights import matrix, vector


def deepseek_v32(fields: Fields) -> Architecture:
    """`model_type` "deepseek_v32": an indexer in every layer."""
    return _architecture(fields, [True] * n_layers(fields))


def glm_moe_dsa(fields: Fields) -> Architecture:
    """`model_type` "glm_moe_dsa": "shared" layers of `indexer_types` use the choice of another.

    Without it every layer has an indexer of its own, unless `index_topk_freq` or
    `index_topk_pattern` say otherwise, which are not read here.
    """
    layers = n_layers(fields)
    kinds = fields.words("indexer_types", layers, ("full", "shared"))
    for name in ("index_topk_freq", "index_topk_pattern"):
        if kinds is None and fields.has(name):
            raise fields.refuse(name, "given as indexer_types, one word a layer")
    return _architecture(fields, [kind == "full" for kind in kinds or ["full"] * layers])


def _architecture(fields: Fields, indexed: list[bool]) -> Architecture:
    d_model = fields.size("hidden_size")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(_layers(fields, indexed)),
        tied=fields.flag("tie_word_embeddings", default=False),
        final_norm=d_model,
    )


def _layers(fields: Fields, indexed: list[bool]) -> Iterable[Stack]:
    d_model = fields.size("hidden_size")
    plain, dense, mixture = _attention(fields), _dense(fields), _mixture(fields)
    own_indexer = with_indexer(fields, plain)
    for own, sparse in zip(indexed, mixture_layers(fields, len(indexed)), strict=True):
        kind = f"{'mixture' if sparse else 'dense'}{'' if own else ', shared indices'}"
        parts = (own_indexer if own else plain, mixture if sparse else dense)
        yield Stack(1, parts, 2 * d_model, kind)


def _attention(fields: Fields) -> LatentAttention:
    return LatentAttention(
        fields.size("hidden_size"),
        fields.size("num_attention_heads"),
        fields.size("q_lora_rank"),
        fields.size("kv_lora_rank"),
        fields.size("qk_nope_head_dim"),
        fields.size("qk_rope_head_dim"),
        fields.size("v_head_dim"),
        bias=fields.flag("attention_bias", default=False),
    )


def with_indexer(fields: Fields, attention: LatentAttention) -> LatentAttention:
    """Scores of all positions from small heads over the queries' latent and one key a position."""
    heads, width = fields.size("index_n_heads"), fields.size("index_head_dim")
    d_model, rank = fields.size("hidden_size"), fields.size("q_lora_rank")
    return replace(
        attention,
        extra=(
            *attention.extra,
            matrix("attention", "indexer, queries", rank, heads * width),
            matrix("attention", "indexer, keys", d_model, width),
            matrix("attention", "indexer, weights of heads", d_model, heads),
            vector("attention", "indexer, norm of keys", 2 * width),
        ),
        extra_cached=width,
        extra_products=heads * width,
    )


def _dense(fields: Fields) -> DenseFeedForward:
    return DenseFeedForward(fields.size("hidden_size"), fields.size("intermediate_size"))


def _mixture(fields: Fields) -> MixtureFeedForward:
    n_experts, d_expert = fields.size("n_routed_experts"), fields.size("moe_intermediate_size")
    return MixtureFeedForward(
        fields.size("hidden_size"),
        d_expert,
        n_experts,
        fields.top_k(n_experts, "num_experts_per_tok"),
        d_shared=d_expert * fields.size("n_shared_experts"),
        correction_bias=True,
        groups=fields.groups(n_experts, fields.top_k(n_experts, "num_experts_per_tok")),
    )
