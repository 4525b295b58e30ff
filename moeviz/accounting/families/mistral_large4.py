"""Mistral Large 4's text model, without its head: indexed latent attention, scaled scores.

Products and cache are those of attention to all positions, an upper bound, with the indexer's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import dense
from moeviz.accounting.families.indexed_latent import full_indexers, routed_and_shared
from moeviz.accounting.families.layers import between_tables, count_layers, mixture_layers
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import LatentAttention, Part
from moeviz.accounting.weights import Weights, matrix, vector


def mistral_large4_text(fields: Fields) -> Architecture:
    """`model_type` "mistral_large4_text".

    Layers that use another layer's keys (`kv_source_layers`) are refused, as are indexers by
    `index_topk_freq` or `index_topk_pattern` in place of `indexer_types`.
    """
    layers = count_layers(fields)
    if fields.sizes("kv_source_layers", layers) not in (None, tuple(range(layers))):
        raise fields.refuse("kv_source_layers", "each layer's own number")
    return between_tables(fields, _layers(fields, full_indexers(fields, layers)), headless=True)


def _layers(fields: Fields, indexers: tuple[bool, ...]) -> Iterable[Stack]:
    d_model = fields.size("hidden_size")
    feeds: dict[bool, Part] = {True: routed_and_shared(fields), False: dense(fields)}
    rotated = _rotated(fields, len(indexers))
    each = zip(indexers, rotated, mixture_layers(fields, len(indexers), 1), strict=True)
    for own, turned, sparse in each:
        parts = (_attention(fields, own, turned), feeds[sparse])
        kind = f"{'MoE' if sparse else 'dense'}{'' if turned else ', no positions'}"
        yield Stack(1, parts, 2 * d_model, kind if own else f"{kind}, shared indices")


def _rotated(fields: Fields, layers: int) -> tuple[bool, ...]:
    """1 in `no_rope_layers`; without it all but every `no_rope_layer_interval`-th, 4 by itself."""
    listed = fields.sizes("no_rope_layers", layers)
    if listed is not None:
        return tuple(each != 0 for each in listed)
    interval = fields.size("no_rope_layer_interval", default=4)
    return tuple((layer + 1) % interval != 0 for layer in range(layers))


def _attention(fields: Fields, indexed: bool, rotated: bool) -> LatentAttention:
    """Where nothing is rotated, a head's whole key comes from the latent."""
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    heads, width = fields.size("index_n_heads"), fields.size("index_head_dim")
    nope, rope = fields.size("qk_nope_head_dim"), fields.size("qk_rope_head_dim")
    scales = vector("attention", "scales of scores", 2 * n_heads)
    return LatentAttention(
        d_model,
        n_heads,
        None,
        fields.size("kv_lora_rank"),
        nope if rotated else nope + rope,
        rope if rotated else 0,
        fields.size("v_head_dim"),
        bias=fields.flag("attention_bias", default=False),
        extra=(scales, *_indexer(d_model, heads, width)) if indexed else (scales,),
        extra_cached=width if indexed else 0,
        extra_products=heads * width if indexed else 0,
    )


def _indexer(d_model: int, heads: int, width: int) -> tuple[Weights, ...]:
    return (
        matrix("attention", "indexer, queries", d_model, heads * width),
        matrix("attention", "indexer, keys", d_model, width),
        matrix("attention", "indexer, weights of heads", d_model, heads),
        vector("attention", "indexer, norms of input and keys", 2 * d_model + 2 * width),
        vector("attention", "indexer, scales of scores", 2 * heads),
    )
