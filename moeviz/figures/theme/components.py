"""The look of components in stacked bars: patterns, and the legend that names every one of them.

Knows nothing of bars.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from moeviz.accounting.units import plain
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES, ComponentRow
from moeviz.figures.theme.layout import Figure
from moeviz.figures.theme.palette import COMPONENT_COLOURS

PATTERNS: Mapping[str, Figure] = {
    "reserved": {
        "shape": "/",
        "size": 7,
        "solidity": 0.2,
        "fgcolor": "#A9AEB6",
        "bgcolor": "#7A7F87",
    },
}
"""Hatched: memory that holds nothing of the model."""


class LegendItem(NamedTuple):
    """One component of the bars: its name, with its amount where there is one bar; its look."""

    name: str
    colour: str
    hatched: bool


def component_legend(
    rows: Sequence[ComponentRow], written: Callable[[float], str]
) -> tuple[LegendItem, ...]:
    """Every component of the bars, however thin, in the order of drawing; () where it is one."""
    names = components_of(rows)
    if len(names) == 1:
        return ()
    amounts = rows[0].parts if len(rows) == 1 else {}
    return tuple(
        LegendItem(
            COMPONENT_TITLES[name]
            + (f" {written(plain(amounts[name]))}" if name in amounts else ""),
            COMPONENT_COLOURS[name],
            name in PATTERNS,
        )
        for name in names
    )


def components_of(rows: Sequence[ComponentRow]) -> list[str]:
    """Of all rows, each once."""
    return list(dict.fromkeys(name for row in rows for name in row.parts))
