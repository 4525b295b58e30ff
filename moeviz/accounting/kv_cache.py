"""The KV cache: elements per token and bytes per sequence.

Knows nothing of weights, of hardware or of paging.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture, Stack
from moeviz.accounting.bounds import positive, whole
from moeviz.accounting.parts import FixedMixer, GroupedQueryAttention, LatentAttention
from moeviz.accounting.terms import Exact, Term, total

Attention = GroupedQueryAttention | LatentAttention

TWO_SIDED = (
    "This model has an encoder and a decoder: the decoder caches keys and values of every input "
    "token and every output token, the encoder caches nothing."
)
"""What the KV cache per token means where `Architecture.two_sided`."""


def elements_per_token(architecture: Architecture) -> int:
    """Σ layers cached elements of a position, as if no window ever let one go.

    Keys and values of grouped-query attention are G·(d + v) a layer, of latent attention r_kv + r.
    With windows it is what a token costs at first, an upper bound later; states of fixed mixers
    do not grow and are not in it. A mixture changes nothing here.

    Source: DeepSeek-V2, arXiv:2405.04434, table 1.
    """
    return sum(stack.n_layers * part.cached_elements() for stack, part in _attentions(architecture))


def cached_terms(architecture: Architecture) -> tuple[Term, ...]:
    """The summands of `elements_per_token`."""
    return tuple(
        Term("kv_cache", part.cached, (*_elements(part), ("layers", stack.n_layers)))
        for stack, part in _attentions(architecture)
        if part.cached_elements()
    )


@dataclass(frozen=True, slots=True)
class KvCache:
    """The cache with its summands, one for each kind of layer.

    Attributes:
        terms: in bytes; exact, also where a format's bits do not fill them.
    """

    terms: tuple[Term, ...]

    @property
    def total_bytes(self) -> Exact:
        """Σ terms."""
        return total(self.terms)


def kv_cache(
    architecture: Architecture,
    context: int,
    sequences: int = 1,
    bits: int | Fraction = 16,
) -> KvCache:
    """Σ layers min(S, W)·elements a position·B·bits / 8, and B constant states.

    Args:
        context: S, positions kept of each sequence; a window W caps them.
        sequences: B. bits: of one element; states are taken to have as many.

    Raises:
        ConfigError: context or sequences below 1, bits not above 0.
    """
    whole("context", context), whole("sequences", sequences), positive("bits", bits)
    batch = (("sequences", sequences), ("bytes per element", Fraction(bits) / 8))
    return KvCache((*_kept_terms(architecture, context, batch), *_state_terms(architecture, batch)))


def _kept_terms(
    architecture: Architecture, context: int, batch: tuple[tuple[str, Exact], ...]
) -> Iterator[Term]:
    for stack, part in _attentions(architecture):
        if part.cached_elements():
            kept = context if part.window is None else min(part.window, context)
            sizes = (("layers", stack.n_layers), ("positions kept", kept))
            yield Term("kv_cache", _name(part), (*_elements(part), *sizes, *batch))


def _state_terms(
    architecture: Architecture, batch: tuple[tuple[str, Exact], ...]
) -> Iterator[Term]:
    for stack in architecture.stacks:
        for part in stack.parts:
            if isinstance(part, FixedMixer) and part.state_elements:
                sizes = (("elements", part.state_elements), ("layers", stack.n_layers))
                yield Term("state", f"{part.kind}, state", (*sizes, *batch))


def kv_bytes(
    architecture: Architecture, context: int, sequences: int = 1, bits: int | Fraction = 16
) -> Exact:
    """As `kv_cache`, the sum alone."""
    return kv_cache(architecture, context, sequences, bits).total_bytes


def _attentions(architecture: Architecture) -> Iterator[tuple[Stack, Attention]]:
    for stack in architecture.stacks:
        for part in stack.parts:
            if isinstance(part, Attention):
                yield stack, part


def _elements(part: Attention) -> tuple[tuple[str, Exact], ...]:
    """Numbers that a position keeps in one layer: G heads of d + v where that is all."""
    kept = part.cached_elements()
    if isinstance(part, GroupedQueryAttention):
        heads, width = part.n_kv_heads, part.head_dim + part.value_width
        if heads * width == kept:
            return (("key-value heads", heads), ("numbers per key and value", width))
    return (("elements per position", kept),)


def _name(part: Attention) -> str:
    within = "" if part.window is None else f" within a window of {part.window:,}"
    return part.cached + within
