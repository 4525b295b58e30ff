"""The same model with another type of attention: its KV cache, everything else kept.

Each type is an `Architecture` again, so that its KV cache comes from the same sums. Its weights
mean nothing: this module knows nothing of the quality of such a model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Literal

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.parts import GroupedQueryAttention, LatentAttention

Attention = GroupedQueryAttention | LatentAttention
CacheKind = Literal["as_built", "multi_head", "grouped", "multi_query", "latent", "windowed"]

USUAL_GROUPS = 8
"""Of a model that has none of its own: Ainslie et al. 2023, arXiv:2305.13245, settle on 8."""

USUAL_WINDOW = 4096
"""Of a model that has none of its own: Mistral 7B's, arXiv:2310.06825, table 1."""


def cache_by_kind(architecture: Architecture) -> dict[CacheKind, Architecture]:
    """The model as built, and with each type of attention in place of its own.

    Heads, their widths and the model's own windows stay. Layers without a KV cache (of an encoder,
    or with another layer's keys) have none with any type; extra numbers, as of an indexer, stay.
    Only the model as built where its attention stores what none of these types does.
    """
    kept = [part for part in _attentions(architecture) if part.cached_elements()]
    found: dict[CacheKind, Architecture] = {"as_built": architecture}
    if not kept or not all(map(_is_plain, kept)):
        return found
    narrowest = window_of(architecture)
    kinds: Mapping[CacheKind, Callable[[Attention], Attention]] = {
        "multi_head": lambda part: _grouped(part, part.n_heads),
        "grouped": lambda part: _grouped(part, groups_of(part)),
        "multi_query": lambda part: _grouped(part, 1),
        "latent": _latent,
        "windowed": lambda part: dataclasses.replace(part, window=narrowest),
    }
    return found | {kind: _with_attention(architecture, changed) for kind, changed in kinds.items()}


def window_of(architecture: Architecture) -> int:
    """The narrowest window of its layers, or the usual one where none has any."""
    windows = [part.window for part in _attentions(architecture) if part.cached_elements()]
    return min((each for each in windows if each), default=USUAL_WINDOW)


def groups_of(part: Attention) -> int:
    """Its own key-value heads where they are fewer than its heads, else a divisor of these."""
    n_heads = part.n_heads
    if isinstance(part, GroupedQueryAttention) and 1 < part.n_kv_heads < n_heads:
        return part.n_kv_heads
    return max(each for each in range(1, USUAL_GROUPS + 1) if n_heads % each == 0)


def _grouped(part: Attention, n_kv_heads: int) -> Attention:
    if isinstance(part, GroupedQueryAttention):
        return dataclasses.replace(part, n_kv_heads=n_kv_heads)
    return GroupedQueryAttention(
        part.d_model, part.n_heads, n_kv_heads, part.nope_dim + part.rope_dim,
        window=part.window, value_dim=part.value_dim, extra_cached=part.extra_cached,
    )  # fmt: skip


def _latent(part: Attention) -> Attention:
    """DeepSeek-V2's proportions, r_kv = 4·d and r = d / 2; arXiv:2405.04434, table 1."""
    if isinstance(part, LatentAttention):
        return part
    return LatentAttention(
        part.d_model, part.n_heads, None, 4 * part.head_dim, part.head_dim, -(-part.head_dim // 2),
        part.value_width, window=part.window, extra_cached=part.extra_cached,
    )  # fmt: skip


def _with_attention(
    architecture: Architecture, changed: Callable[[Attention], Attention]
) -> Architecture:
    stacks = tuple(
        dataclasses.replace(
            stack,
            parts=tuple(
                changed(part) if isinstance(part, Attention) and part.cached_elements() else part
                for part in stack.parts
            ),
        )
        for stack in architecture.stacks
    )
    return dataclasses.replace(architecture, stacks=stacks)


def _attentions(architecture: Architecture) -> list[Attention]:
    parts = [part for stack in architecture.stacks for part in stack.parts]
    return [part for part in parts if isinstance(part, Attention)]


def _is_plain(part: Attention) -> bool:
    """Whether it stores heads of keys and values, or a latent, per position, and nothing else."""
    if isinstance(part, LatentAttention):
        return True
    kept = part.n_kv_heads * (part.head_dim + part.value_width) + part.extra_cached
    return part.cached_elements() == kept
