"""Models by component: rows of exact parts whose sum is the whole, and the table of them.

Knows nothing of how they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moeviz.accounting.terms import Exact, simplified
from moeviz.accounting.units import number, plain, with_unit

COMPONENT_TITLES: Mapping[str, str] = {
    "embedding": "embedding",
    "attention": "attention",
    "attention_projections": "attention projections",
    "attention_products": "attention over context",
    "router": "router",
    "routed_experts": "routed experts",
    "shared_experts": "shared experts",
    "dense_ffn": "dense feed-forward",
    "norms": "norms",
    "lm_head": "output head",
    "other": "other",
    "kv_cache": "KV cache",
    "state": "recurrent state",
    "reserved": "kept free",
    "weights": "weights",
    "gradients": "gradients",
    "master weights": "master weights",
    "moments": "Adam moments",
    "experts": "routed experts",
    "others": "all other weights",
}


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One bar: a model, or one part of its cost.

    Attributes:
        title: above the bar. parts: by component, in the order of drawing; exact, so that they add
            up to the whole.
        said: the whole, rounded, with its unit.
    """

    title: str
    parts: Mapping[Any, Exact]
    said: str

    @property
    def total(self) -> Exact:
        """Σ parts."""
        return simplified(sum(self.parts.values()))


def component_table(rows: Sequence[ComponentRow]) -> tuple[list[str], list[list[str]]]:
    """Header and lines: a component a line, a bar a column, exact."""
    named = dict.fromkeys(name for row in rows for name in row.parts)
    lines = [
        [COMPONENT_TITLES[name], *(number(row.parts.get(name, 0)) for row in rows)]
        for name in named
    ]
    lines.append(["all", *(number(row.total) for row in rows)])
    return ["Component", *(row.title for row in rows)], lines


def component_file(
    rows: Sequence[ComponentRow], unit: str
) -> tuple[list[str], list[list[str | int | float]]]:
    """The same for a file: titles with the unit, numbers as they are, no line of sums."""
    named = dict.fromkeys(name for row in rows for name in row.parts)
    lines: list[list[str | int | float]] = [
        [COMPONENT_TITLES[name], *(plain(row.parts.get(name, 0)) for row in rows)] for name in named
    ]
    return ["Component", *(with_unit(row.title, unit) for row in rows)], lines
