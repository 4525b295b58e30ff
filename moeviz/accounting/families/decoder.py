"""What decoders' files have in common: heads, experts, which layer has what, embedding and head.

Knows nothing of any one family: which fields it has and what their absence means is in its own
file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.families.layers import between_tables, front, stacked
from moeviz.accounting.fields import MAX_LAYERS, MAX_SHARED_EXPERTS, Fields
from moeviz.accounting.parts import (
    DenseFeedForward,
    GroupedQueryAttention,
    LatentAttention,
    MixtureFeedForward,
    Part,
)

Layer = tuple[Part, ...]
Attention = GroupedQueryAttention | LatentAttention


def grouped_query(fields: Fields, head_dim: int | None = None) -> GroupedQueryAttention:
    """Width and heads.

    `head_dim` is hidden_size / heads where there is none, unless a family has its own meaning.
    """
    d_model, n_heads = fields.size("hidden_size"), fields.size("num_attention_heads")
    head_dim = fields.head_dim(d_model, n_heads) if head_dim is None else head_dim
    n_kv_heads = fields.kv_heads(n_heads)
    return GroupedQueryAttention(d_model, n_heads, n_kv_heads, head_dim)


def biased(attention: GroupedQueryAttention, bias: bool) -> GroupedQueryAttention:
    """With or without a bias on all four projections."""
    return replace(attention, qkv_bias=bias, output_bias=bias)


def dense(fields: Fields, width: str = "intermediate_size") -> DenseFeedForward:
    """The feed-forward of layers without experts."""
    return DenseFeedForward(fields.size("hidden_size"), fields.size(width))


def mixture(
    fields: Fields,
    width: str = "moe_intermediate_size",
    experts: Sequence[str] = ("num_experts", "num_local_experts"),
    chosen: Sequence[str] = ("num_experts_per_tok",),
) -> MixtureFeedForward:
    """Router and routed experts, with their groups checked where the file has any."""
    n_experts = fields.size(*experts)
    top_k = fields.top_k(n_experts, *chosen)
    return MixtureFeedForward(
        fields.size("hidden_size"),
        fields.size(width),
        n_experts,
        top_k,
        groups=fields.groups(n_experts, top_k),
    )


def with_shared(
    mixed: MixtureFeedForward, fields: Fields, *names: str, bias: bool = False, low: int = 0
) -> MixtureFeedForward:
    """With shared experts as wide as a routed one, as many as one of these names says."""
    none = 0 if fields.is_null(*names) else None
    number = fields.size(*names, low=low, high=MAX_SHARED_EXPERTS, default=none)
    width = number * mixed.d_expert
    return replace(mixed, d_shared=width, shared_bias=bias)


def dense_first(
    fields: Fields,
    n_layers: int,
    name: str = "first_k_dense_replace",
    default: int | None = None,
) -> tuple[bool, ...]:
    """Which layers have experts: from the first on that is not dense, each `moe_layer_freq`-th.

    Args:
        default: dense layers of a family whose class has no such field.
    """
    first = front(fields, n_layers, name, default)
    every = fields.size("moe_layer_freq", high=MAX_LAYERS, default=1)
    return tuple(layer >= first and layer % every == 0 for layer in range(n_layers))


def windows(
    fields: Fields,
    usual: Sequence[str],
    local: str = "sliding_attention",
    size: str = "sliding_window",
) -> tuple[int | None, ...]:
    """How far each layer sees, by `layer_types`, or by the `usual` kinds where they are not there.

    The window must be stated where a layer has it.
    """
    kinds = fields.words("layer_types", len(usual), (local, "full_attention")) or tuple(usual)
    window = fields.size(size) if local in kinds else None
    return tuple(window if kind == local else None for kind in kinds)


def every(n_layers: int, step: int, local: str = "sliding_attention") -> tuple[str, ...]:
    """Each step-th layer sees everything, the others are `local`."""
    return tuple(
        "full_attention" if (layer + 1) % step == 0 else local for layer in range(n_layers)
    )


def alternating(
    fields: Fields,
    attention: Attention,
    experts: Sequence[bool],
    mixture: Callable[[Fields], MixtureFeedForward],
    dense: Callable[[Fields], DenseFeedForward] = dense,
    windows: Sequence[int | None] | None = None,
) -> tuple[Layer, ...]:
    """One layer after the other; fields of a kind are read only where a layer is of that kind."""
    parts = {kind: (mixture if kind else dense)(fields) for kind in sorted(set(experts))}
    seen = [attention.window] * len(experts) if windows is None else windows
    return tuple(
        (replace(attention, window=window), parts[kind])
        for kind, window in zip(experts, seen, strict=True)
    )


def decoder(
    fields: Fields,
    layers: Iterable[Layer],
    *,
    norms: int = 2,
    tied: bool = False,
    norm_bias: bool = False,
    head_bias: bool = False,
) -> Architecture:
    """The layers between embedding and head, with a norm before the head.

    Args:
        norms: in a layer, each of the model's width.
        tied: what a file means that has no `tie_word_embeddings`.
        norm_bias: norms have as many biases as gains.
    """
    d_model = fields.size("hidden_size")
    norm = 2 * d_model if norm_bias else d_model
    found = between_tables(fields, stacks(layers, norms * norm), tied=tied, head_bias=head_bias)
    return replace(found, final_norm=norm)


def stacks(layers: Iterable[Layer], norm_weights: int) -> tuple[Stack, ...]:
    """Layers that are alike together, in the order in which each kind comes first."""
    return stacked(Stack(1, parts, norm_weights, _kind(parts)) for parts in layers)


def _kind(parts: Layer) -> str:
    mixed = any(isinstance(part, MixtureFeedForward) for part in parts)
    windowed = any(isinstance(part, Attention) and part.window is not None for part in parts)
    return ("MoE" if mixed else "dense") + (", sliding-window attention" if windowed else "")
