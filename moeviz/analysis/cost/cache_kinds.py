"""One model's cache under every kind of attention, shaped for people: numbers, rows, a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.cache_kinds import (
    USUAL_GROUPS,
    USUAL_WINDOW,
    CacheKind,
    cache_by_kind,
    window_of,
)
from moeviz.accounting.kv_cache import KvCache, elements_per_token, kv_cache
from moeviz.accounting.precision import FORMATS
from moeviz.accounting.terms import Exact, by_component, simplified
from moeviz.accounting.units import exact, number, plain, ratio, size
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.derived_numbers import DerivedNumber, term_summands
from moeviz.analysis.cost.tables import Cell, Table

KIND_TITLES: Mapping[CacheKind, str] = {
    "as_built": "As it is",
    "multi_head": "Multi-head (MHA)",
    "grouped": "Grouped-query (GQA)",
    "multi_query": "Multi-query (MQA)",
    "latent": "Latent (MLA)",
    "windowed": "In a window of",
}
_KIND_FORMULAS: Mapping[CacheKind, tuple[str, str]] = {
    "as_built": ("Σ layers · numbers a position · positions kept", "DeepSeek-V2, arXiv:2405.04434, "
                 "table 1, for the numbers of each kind."),
    "multi_head": ("Σ layers · H · (d + v) · positions kept", "Every query head has keys and "
                   "values of its own. Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2."),
    "grouped": ("Σ layers · G · (d + v) · positions kept", "G: the model's own, or, where it has "
                f"none, the largest divisor of its heads up to {USUAL_GROUPS}. Ainslie et al. "
                "2023, arXiv:2305.13245, section 2.2."),
    "multi_query": ("Σ layers · (d + v) · positions kept", "One head of keys and values for all. "
                    "Shazeer 2019, arXiv:1911.02150, section 3."),
    "latent": ("Σ layers · (r_kv + r) · positions kept", "The model's own latents, or else "
               "DeepSeek-V2's proportions, r_kv = 4 · d and r = d / 2: arXiv:2405.04434, table 1."),
    "windowed": ("Σ layers · numbers a position · min(S, W)", "Its own attention with every layer "
                 "in its narrowest window W, or, where it has none, in one of "
                 f"{USUAL_WINDOW:,}: Mistral 7B, arXiv:2310.06825, section 2."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CacheOfKind:
    """What one kind of attention would keep.

    Attributes:
        elements: of a token, as if no window ever let one go. token_bytes: the same in bytes.
        cache: of all sequences at the context.
    """

    kind: CacheKind
    title: str
    elements: int
    token_bytes: Exact
    cache: KvCache


def cache_kinds(
    architecture: Architecture, cache_format: str, context: int, sequences: int
) -> tuple[CacheOfKind, ...]:
    """The model's own attention, then every other kind in its place; that alone where none fits."""
    bits = FORMATS[cache_format].bits
    found = []
    for kind, each in cache_by_kind(architecture).items():
        elements = elements_per_token(each)
        cache = kv_cache(each, context, sequences, bits)
        size_bytes = simplified(elements * Fraction(bits) / 8)
        title = KIND_TITLES[kind]
        if kind == "windowed":
            title += f" {window_of(architecture):,}"
        found.append(CacheOfKind(kind, title, elements, size_bytes, cache))
    return tuple(found)


def kind_numbers(kinds: Sequence[CacheOfKind]) -> tuple[DerivedNumber, ...]:
    """Each kind's cache at the context, with what a token adds to it."""
    return tuple(
        DerivedNumber(
            each.title, size(float(each.cache.total_bytes)),
            f"{number(each.cache.total_bytes)} bytes",
            f"{_KIND_FORMULAS[each.kind][0]} · sequences · bytes an element",
            term_summands(each.cache.terms),
            f"A token adds {exact(each.elements)} elements, {number(each.token_bytes)} bytes. "
            + _KIND_FORMULAS[each.kind][1],
            f"{size(float(each.token_bytes))} a token",
        )
        for each in kinds
    )  # fmt: skip


def kind_rows(kinds: Sequence[CacheOfKind]) -> tuple[ComponentRow, ...]:
    """A bar a kind: the cache, and states that do not grow where there are some."""
    own = kinds[0].cache.total_bytes
    return tuple(
        ComponentRow(
            each.title,
            by_component(each.cache.terms),
            size(float(each.cache.total_bytes))
            + ("" if each is kinds[0] else f", {ratio(float(each.cache.total_bytes / own))}"),
        )
        for each in kinds
    )  # fmt: skip


_HEADER = (
    "Attention", "Cache (elements a token)", "Cache (bytes a token)", "All sequences (bytes)",
)  # fmt: skip


def kind_table(kinds: Sequence[CacheOfKind]) -> Table:
    """A line a kind, values in full."""
    rows = [
        [Cell(each.title), *map(_whole, (each.elements, each.token_bytes, each.cache.total_bytes))]
        for each in kinds
    ]
    return Table(_HEADER, ("",) * len(_HEADER), rows)


def _whole(value: Exact) -> Cell:
    return Cell(f"{plain(value):,}", plain(value))
