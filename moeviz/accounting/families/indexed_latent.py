"""DeepSeek-V3.2 and GLM-5: latent attention that reads only the positions an indexer picks.

Products and cache are those of attention to all positions, an upper bound, with the indexer's own:
which positions it picks is decided as the model runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense, mixture, with_shared
from moeviz.accounting.families.latent import latent_attention
from moeviz.accounting.families.layers import between_tables, count_layers, mixture_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import LatentAttention, MixtureFeedForward, Part
from moeviz.accounting.weights import matrix, vector


def deepseek_v32(fields: Fields) -> Architecture:
    """`model_type` "deepseek_v32": an indexer in every layer."""
    return _architecture(fields, [True] * count_layers(fields))


def glm_moe_dsa(fields: Fields) -> Architecture:
    """`model_type` "glm_moe_dsa": "shared" layers of `indexer_types` use the choice of another.

    Without it every layer has an indexer of its own, unless `index_topk_freq` or
    `index_topk_pattern` say otherwise, which are not read here.
    """
    return _architecture(fields, full_indexers(fields, count_layers(fields)))


def _architecture(fields: Fields, indexed: Sequence[bool]) -> Architecture:
    return between_tables(fields, _layers(fields, indexed))


def _layers(fields: Fields, indexed: Sequence[bool]) -> Iterable[Stack]:
    d_model = fields.size("hidden_size")
    fields.size("q_lora_rank")
    plain = latent_attention(fields)
    own_indexer = with_indexer(fields, plain)
    feeds: dict[bool, Part] = {
        True: replace(routed_and_shared(fields), correction_bias=True),
        False: dense(fields),
    }
    for own, sparse in zip(indexed, mixture_layers(fields, len(indexed)), strict=True):
        kind = f"{'MoE' if sparse else 'dense'}{'' if own else ', shared indices'}"
        parts = (own_indexer if own else plain, feeds[sparse])
        yield Stack(1, parts, 2 * d_model, kind)


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


def full_indexers(fields: Fields, layers: int) -> tuple[bool, ...]:
    """Which layers have an indexer of their own, by `indexer_types`; without it all.

    Raises:
        ConfigError: they are given by `index_topk_freq` or `index_topk_pattern`.
    """
    kinds = fields.words("indexer_types", layers, ("full", "shared"))
    for name in ("index_topk_freq", "index_topk_pattern"):
        if kinds is None and fields.has(name):
            raise fields.refuse(name, "given as indexer_types, one word a layer")
    return tuple(kind == "full" for kind in kinds or ["full"] * layers)


def routed_and_shared(fields: Fields) -> MixtureFeedForward:
    """Routed experts, and shared ones of the same width."""
    return with_shared(mixture(fields, experts=("n_routed_experts",)), fields, "n_shared_experts")
