"""One model's KV cache with each type of attention: numbers, rows, a table."""

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
from moeviz.analysis.cost.derived_numbers import DerivedNumber, derived, term_summands
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.texts import fill, strings

_WORDS = strings(__file__)
_FIGURES: Mapping[str, dict[str, str]] = {
    "grouped": {"groups": str(USUAL_GROUPS)}, "windowed": {"window": f"{USUAL_WINDOW:,}"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CacheOfKind:
    """The KV cache of one type of attention.

    Attributes:
        elements: per token, without the limit of a window. token_bytes: the same in bytes.
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
    """The model's own attention, then the other types in its place, where they fit."""
    bits = FORMATS[cache_format].bits
    found = []
    for kind, each in cache_by_kind(architecture).items():
        elements = elements_per_token(each)
        cache = kv_cache(each, context, sequences, bits)
        size_bytes = simplified(elements * Fraction(bits) / 8)
        title: str = _WORDS[kind]["title"]
        if kind == "windowed":
            title += f" of {window_of(architecture):,}"
        found.append(CacheOfKind(kind, title, elements, size_bytes, cache))
    return tuple(found)


def kind_numbers(kinds: Sequence[CacheOfKind]) -> tuple[DerivedNumber, ...]:
    """The KV cache of each type at the context, and what one token adds."""
    return tuple(_kind_number(each) for each in kinds)


def _kind_number(each: CacheOfKind) -> DerivedNumber:
    words = {"label": each.title, "formula": _WORDS["formula"], "source": _WORDS["source"]}
    return derived(
        words, size(float(each.cache.total_bytes)), f"{number(each.cache.total_bytes)} bytes",
        term_summands(each.cache.terms), f"{size(float(each.token_bytes))} per token",
        kept=_WORDS[each.kind]["kept"], elements=exact(each.elements),
        bytes=number(each.token_bytes),
        kind=fill(_WORDS[each.kind]["source"], **_FIGURES.get(each.kind, {})),
    )  # fmt: skip


def kind_rows(kinds: Sequence[CacheOfKind]) -> tuple[ComponentRow, ...]:
    """A bar per type: the KV cache, and recurrent states where the model has some."""
    own = kinds[0].cache.total_bytes
    return tuple(
        ComponentRow(
            each.title,
            by_component(each.cache.terms),
            size(float(each.cache.total_bytes))
            + ("" if each is kinds[0] else f" ({_beside(each.cache.total_bytes, own)})"),
        )
        for each in kinds
    )  # fmt: skip


def _beside(value: Exact, own: Exact) -> str:
    same: str = _WORDS["same"]
    return same if value == own else ratio(float(value / own))


def kind_table(kinds: Sequence[CacheOfKind]) -> Table:
    """A row per type, values in full."""
    rows = [
        [Cell(each.title), *map(_whole, (each.elements, each.token_bytes, each.cache.total_bytes))]
        for each in kinds
    ]
    header = _WORDS["table"]["header"]
    return Table(header, ("",) * len(header), rows)


def _whole(value: Exact) -> Cell:
    return Cell(f"{plain(value):,}", plain(value))
