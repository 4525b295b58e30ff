"""DeepSeek-V4: a window of positions, and beyond it compressed ones, over several residual streams.

One head of keys, which are the values as well. Beyond the window a layer reads blocks of positions
squeezed into one vector each: all of them, or those that an indexer picks. The table that sends
tokens to experts by hash in the first layers is no parameter and not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.decoder import mixture
from moeviz.accounting.families.layers import between_tables, count_layers
from moeviz.accounting.families.mixers import hyper_connections, joined_streams
from moeviz.accounting.fields import Fields
from moeviz.accounting.parts import GroupedQueryAttention, MixtureFeedForward, Part
from moeviz.accounting.weights import Weights, matrix, vector

SPARSE, HEAVY, PLAIN = (
    "compressed_sparse_attention",
    "heavily_compressed_attention",
    "sliding_attention",
)


OF_RATIO = {0: PLAIN, 4: SPARSE, 128: HEAVY}
BLOCKS = {SPARSE: 4, HEAVY: 128}
HASHED = 3
"""What the class takes by itself: configuration_deepseek_v4.py of transformers."""


@dataclass(frozen=True, slots=True)
class SharedKeyAttention(GroupedQueryAttention):
    """Attention to a window, keys serving as values, all of whose tensors are in `extra`."""

    def weights(self) -> tuple[Weights, ...]:
        """As listed."""
        return self.extra

    def cached_elements(self) -> int:
        """d: one vector a position."""
        return self.head_dim


@dataclass(frozen=True, slots=True)
class CompressedPositions(GroupedQueryAttention):
    """The same heads' attention to blocks of positions: counts a position are shares of a block's.

    Attributes:
        block: positions in one compressed vector. Shares are rounded up to whole numbers.
        index_heads, index_dim: of an indexer that scores the blocks; 0: no indexer.
    """

    block: int = 1
    index_heads: int = 0
    index_dim: int = 0

    def weights(self) -> tuple[Weights, ...]:
        """As listed."""
        return self.extra

    def products_per_pair(self) -> int:
        """(H·2·d + H_i·d_i) / block, as if all blocks were read."""
        products = self.n_heads * 2 * self.head_dim + self.index_heads * self.index_dim
        return -(-products // self.block)

    def cached_elements(self) -> int:
        """(d + d_i) / block."""
        return -(-(self.head_dim + self.index_dim) // self.block)


def deepseek_v4(fields: Fields) -> Architecture:
    """`model_type` "deepseek_v4".

    Kinds of layers by `layer_types`, else by `compress_ratios` (0, 4 or 128), else two that
    compress heavily and then each kind in turn. Which choose experts by hash: by
    `mlp_layer_types`, else the first `num_hash_layers`, else the first three.
    """
    streams = joined_streams(fields.size("hidden_size"), fields.size("hc_mult"))
    return between_tables(fields, _layers(fields), extra=streams)


def _layers(fields: Fields) -> Iterable[Stack]:
    d_model, layers = fields.size("hidden_size"), count_layers(fields)
    kinds, feeds = _kinds(fields, layers), _feeds(fields, layers)
    n_streams = fields.size("hc_mult")
    streams = hyper_connections(d_model, n_streams, (2 + n_streams) * n_streams, 3)
    for kind, feed in zip(kinds, feeds, strict=True):
        compressed: tuple[Part, ...] = () if kind == PLAIN else (_compressed(fields, kind),)
        hashed = feed == "hash_moe"
        parts = (_attention(fields), *compressed, streams, _mixture(fields, hashed), streams)
        name = f"{kind.replace('_', ' ')}, mixture{' by hash' if hashed else ''}"
        yield Stack(1, parts, 2 * d_model, name)


def _kinds(fields: Fields, layers: int) -> Sequence[str]:
    """The class cuts longer lists: released ones have a place for the prediction layer."""
    kinds = fields.words("layer_types", fields.length("layer_types"), (SPARSE, HEAVY, PLAIN))
    ratios = fields.sizes("compress_ratios")
    if kinds is None and ratios is not None:
        if not set(ratios) <= set(OF_RATIO):
            raise fields.refuse("compress_ratios", "a list of 0, 4 or 128")
        fields.read_as("compress_ratios", "layer_types")
        kinds = tuple(OF_RATIO[ratio] for ratio in ratios)
    if kinds is None:
        rest = [SPARSE if layer % 2 else HEAVY for layer in range(max(layers - 2, 0))]
        return fields.filled("layer_types", [HEAVY] * min(layers, 2) + rest)
    if len(kinds) < layers:
        raise fields.refuse("layer_types", f"a list of {layers} words")
    return kinds[:layers]


def _feeds(fields: Fields, layers: int) -> Sequence[str]:
    length = fields.length("mlp_layer_types")
    feeds = fields.words("mlp_layer_types", length, ("hash_moe", "moe"))
    if feeds is not None:
        if length < layers:
            raise fields.refuse("mlp_layer_types", f"a list of {layers} words")
        return feeds[:layers]
    hashed = fields.optional_size("num_hash_layers", low=0)
    number = HASHED if hashed is None else hashed
    found = ["hash_moe" if layer < number else "moe" for layer in range(layers)]
    if hashed is None:
        return fields.filled("mlp_layer_types", found)
    fields.read_as("num_hash_layers", "mlp_layer_types")
    return found


def _attention(fields: Fields) -> SharedKeyAttention:
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    width, rank = fields.size("head_dim"), fields.size("q_lora_rank")
    groups, inner = fields.size("o_groups"), fields.size("o_lora_rank")
    if n_heads * width % groups:
        raise fields.refuse("o_groups", f"a divisor of {n_heads * width}")
    return SharedKeyAttention(
        d_model,
        n_heads,
        1,
        width,
        window=fields.size("sliding_window"),
        extra=(
            matrix("attention", "query compression", d_model, rank),
            matrix("attention", "query projection", rank, n_heads * width),
            matrix("attention", "key projection", d_model, width),
            matrix("attention", "output of a group", n_heads * width // groups, inner).times(
                groups
            ),
            matrix("attention", "output projection", groups * inner, d_model),
            vector("attention", "norms of latent and keys", rank + width),
            vector("attention", "sinks", n_heads),
        ),
    )


def _compressed(fields: Fields, kind: str) -> CompressedPositions:
    block = _block(fields, kind)
    n_heads, width = fields.size("num_attention_heads"), fields.size("head_dim")
    d_model, indexed = fields.size("hidden_size"), kind == SPARSE
    index_heads = fields.size("index_n_heads") if indexed else 0
    index_dim = fields.size("index_head_dim") if indexed else 0
    tensors = _compressor(d_model, width, block, overlapping=indexed)
    if indexed:
        rank = fields.size("q_lora_rank")
        tensors = (
            *tensors,
            *_compressor(d_model, index_dim, block, overlapping=True),
            matrix("attention", "indexer, queries", rank, index_heads * index_dim),
            matrix("attention", "indexer, weights of heads", d_model, index_heads),
        )
    return CompressedPositions(
        d_model,
        n_heads,
        1,
        width,
        extra=tensors,
        block=block,
        index_heads=index_heads,
        index_dim=index_dim,
    )


def _block(fields: Fields, kind: str) -> int:
    """Positions in a block: an older name's, that of `compress_rates`, or the class's own."""
    older = "compress_rate_csa" if kind == SPARSE else "compress_rate_hca"
    if fields.has(older):
        fields.read_as(older, f"compress_rates.{kind}")
        return fields.size(older)
    if fields.has("compress_rates"):
        return fields.inner("compress_rates").size(kind)
    usual = BLOCKS[kind]
    return fields.filled(f"compress_rates.{kind}", usual)


def _compressor(d_model: int, width: int, block: int, overlapping: bool) -> tuple[Weights, ...]:
    """A gated mean over a block; overlapping blocks have two vectors a position."""
    outputs = 2 * width if overlapping else width
    return (
        matrix("attention", "compressed keys and their gates", d_model, outputs).times(2),
        vector("attention", "positions in a block", block * outputs),
        vector("attention", "norm of compressed keys", width),
    )


def _mixture(fields: Fields, hashed: bool) -> MixtureFeedForward:
    """One shared expert as wide as the others, whatever `n_shared_experts` says."""
    mixed = mixture(fields, experts=("n_routed_experts",))
    return replace(
        mixed,
        d_shared=mixed.d_expert,
        correction_bias=not hashed,
        shared_bias=fields.flag("mlp_bias", default=False),
    )
