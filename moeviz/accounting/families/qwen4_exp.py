"""Qwen4-Exp's text model: gated DeltaNet and indexed attention over several residual streams.

Some layers look up hashed n-grams in tables of their own. Products are those of attention to all
blocks of positions, an upper bound, with the indexer's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count, islice

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import count_layers, stacked
from moeviz.accounting.families.qwen import with_gated_shared
from moeviz.accounting.families.qwen3_next import delta_net, gated_attention
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import (
    FixedMixer,
    GroupedQueryAttention,
    Part,
)
from moeviz.accounting.weights import Weights, matrix, vector

LINEAR, INDEXED = "linear_attention", "indexed_attention"
LARGEST_VOCABULARY, MOST_HEADS = 10**8, 1024
"""Of n-grams, a layer and all layers together: beyond, finding the primes would take too long."""


def qwen4_exp_text(fields: Fields) -> Architecture:
    """`model_type` "qwen4_exp_text": no norm before the head, but one of all streams."""
    d_model = fields.size("hidden_size")
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked(_layers(fields)),
        tied=fields.flag("tie_word_embeddings"),
        extra=_residual(fields, inject=False),
    )


def _layers(fields: Fields) -> Iterable[Stack]:
    layers = count_layers(fields)
    kinds = fields.words("layer_types", layers, (LINEAR, INDEXED, "full_attention"))
    if kinds is None:
        every = fields.size("full_attention_interval", default=4)
        usual = (LINEAR if (layer + 1) % every else INDEXED for layer in range(layers))
        kinds = fields.filled("layer_types", tuple(usual))
    looked_up = sorted(set(fields.sizes("ple_layer_ids", low=1) or ()))
    if any(layer > layers for layer in looked_up):
        raise fields.refuse("ple_layer_ids", f"layers from 1 to {layers}")
    mixture, residual = (
        with_gated_shared(fields),
        FixedMixer("streams", _residual(fields, inject=True)),
    )
    mixers = {kind: _mixer(fields, kind) for kind in dict.fromkeys(kinds)}
    for layer, kind in enumerate(kinds, 1):
        own: tuple[Part, ...] = ()
        if layer in looked_up:
            own = (_n_grams(fields, looked_up.index(layer)),)
        parts = (mixers[kind], residual, *own, mixture, residual)
        name = "linear attention" if kind == LINEAR else "indexed attention"
        yield Stack(1, parts, 0, f"{name}, mixture{', n-grams' if own else ''}")


def _mixer(fields: Fields, kind: str) -> Part:
    return delta_net(fields) if kind == LINEAR else _attention(fields)


def _attention(fields: Fields) -> GroupedQueryAttention:
    """Gated; an indexer scores blocks of positions by means of their keys, which it keeps."""
    attention = gated_attention(fields)
    heads, keys = fields.size("indexer_n_heads"), fields.size("indexer_kv_heads")
    width, block = fields.size("indexer_head_dim"), fields.size("indexer_compress_ratio")
    scored = (heads + keys) * width
    return replace(
        attention,
        extra=(
            *attention.extra,
            matrix("attention", "indexer, queries and keys", attention.d_model, scored),
            vector("attention", "indexer, norms", 2 * width),
        ),
        extra_cached=keys * width,
        extra_products=-(-heads * width // block),
    )


def _residual(fields: Fields, inject: bool) -> tuple[Weights, ...]:
    """Mixes the streams through a narrow layer; `inject`: and weighs what is added to each."""
    streams, rank = fields.size("hc_count", low=2), fields.size("hc_lowrank")
    width = streams * fields.size("hidden_size")
    weighed = (matrix("other", "weights of the streams", width, streams),) if inject else ()
    return (
        vector("norms", "norm of the streams", width),
        matrix("other", "mixing of the streams, down projection", width, rank),
        matrix("other", "mixing of the streams, up projection", rank, width),
        *weighed,
    )


def _n_grams(fields: Fields, index: int) -> FixedMixer:
    """Rows of a table, one for each n-gram and head, projected to keys and a value.

    A head's vocabulary is a prime of its own, above `ngram_vocab_size_base` − 1.
    """
    d_model, streams = fields.size("hidden_size"), fields.size("hc_count", low=2)
    width = fields.size("ple_embed_dim", default=d_model)
    heads = (fields.size("ngram_size", low=2) - 1) * fields.size("heads_per_ngram")
    if (index + 1) * heads > MOST_HEADS:
        raise fields.refuse("heads_per_ngram", f"fewer: at most {MOST_HEADS} tables in all layers")
    if width % heads:
        raise fields.refuse("ple_embed_dim", f"a multiple of {heads}, the number of heads")
    base = fields.size("ngram_vocab_size_base", high=LARGEST_VOCABULARY)
    rows = sum(islice(_primes(base), index * heads, (index + 1) * heads))
    divisor = fields.size("make_ngram_vocab_size_divisible_by")
    padded = -(-rows // divisor) * divisor
    kernel = fields.size("ple_conv_kernel_size")
    table = Weights("embedding", "n-grams", (padded, width // heads), multiplied=False)
    kept = (kernel - 1) * fields.size("ngram_size", low=2) * streams * d_model
    tensors = (
        table,
        matrix("other", "n-grams, keys", width, streams * d_model),
        matrix("other", "n-grams, value", width, d_model),
        vector("norms", "n-grams, norms", 3 * streams * d_model),
        Weights("other", "n-grams, convolution", (streams * d_model, kernel)),
    )
    return FixedMixer("n-grams", tensors, kept, 0)


def _primes(low: int) -> Iterable[int]:
    """From `low` on."""
    return (n for n in count(max(low, 2)) if all(n % d for d in range(2, int(n**0.5) + 1)))
