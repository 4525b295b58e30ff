"""Switch Transformers: T5 with a mixture in some feed-forwards of encoder and decoder.

Both stacks are counted: active parameters are those of one token in the encoder and one in the
decoder together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import stacked
from moeviz.accounting.fields import MAX_LAYERS, Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    GroupedQueryAttention,
    MixtureFeedForward,
)
from moeviz.accounting.weights import Weights, vector


@dataclass(frozen=True, slots=True)
class EncoderAttention(GroupedQueryAttention):
    """Attention over a text that is read at once: nothing is kept for later tokens."""

    def cached_elements(self) -> int:
        """None."""
        return 0


@dataclass(frozen=True, slots=True)
class CrossAttention(GroupedQueryAttention):
    """The decoder's attention to what the encoder has read."""

    @property
    def cached(self) -> str:
        """Of positions that were read, not written."""
        return "keys and values of the input"


def switch_transformers(fields: Fields) -> Architecture:
    """`model_type` "switch_transformers". Top 1; feed-forwards have two matrices.

    The format's own defaults: 32 buckets of relative positions, no router bias, tied embeddings
    (the only kind that is read here).
    """
    d_model = fields.size("d_model")
    if not fields.flag("tie_word_embeddings", default=True):
        raise fields.refuse("tie_word_embeddings", "true: the three tables are one")
    n_encoder = fields.size("num_layers", high=MAX_LAYERS)
    n_decoder = fields.size("num_decoder_layers", high=MAX_LAYERS, default=n_encoder)
    n_heads = fields.size("num_heads")
    buckets = fields.size("relative_attention_num_buckets", default=32)
    positions = Weights(
        "attention", "relative positions", (buckets, n_heads), copies=2, multiplied=False
    )
    return Architecture(
        d_model,
        fields.size("vocab_size"),
        stacked((*_layers(fields, n_encoder, "encoder"), *_layers(fields, n_decoder, "decoder"))),
        tied=True,
        two_sided=True,
        extra=(positions, vector("norms", "final norms of encoder and decoder", 2 * d_model)),
    )


def _layers(fields: Fields, n_layers: int, side: str) -> Iterable[Stack]:
    """Every s-th layer is a mixture: the second of s, or all. s = layers // mixtures.

    Files saved by the class have s as a field of its own, which counts. No mixtures at all, where
    the class still makes one, are refused.
    """
    d_model, d_hidden = fields.size("d_model"), fields.size("d_ff")
    sparse = fields.size(f"num_sparse_{side}_layers", high=n_layers)
    step = _early_layers(fields, side) // sparse
    step = fields.size(f"{side}_sparse_step", default=step)
    mixture = MixtureFeedForward(
        d_model,
        d_hidden,
        fields.size("num_experts"),
        1,
        gated=False,
        router_bias=fields.flag("router_bias", default=False),
    )
    dense = DenseFeedForward(d_model, d_hidden, gated=False)
    kind_of_attention = EncoderAttention if side == "encoder" else GroupedQueryAttention
    attention = _attention(fields, kind_of_attention)
    cross = (_attention(fields, CrossAttention),) if side == "decoder" else ()
    for layer in range(n_layers):
        chosen = step == 1 or layer % step == 1
        parts = (attention, *cross, mixture if chosen else dense)
        kind = f"{side}, {'MoE' if chosen else 'dense'}"
        yield Stack(1, parts, len(parts) * d_model, kind)


def _early_layers(fields: Fields, side: str) -> int:
    """From which the class computes s: a decoder is as deep as the encoder by itself."""
    encoder, decoder = fields.early("num_layers"), fields.early("num_decoder_layers")
    found = encoder if side == "encoder" or decoder is None else decoder
    return found if isinstance(found, int) else 0


def _attention(fields: Fields, kind: type[GroupedQueryAttention]) -> GroupedQueryAttention:
    n_heads = fields.size("num_heads")
    return kind(fields.size("d_model"), n_heads, n_heads, fields.size("d_kv"))
