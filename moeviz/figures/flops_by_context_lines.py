"""FLOPs per token against the context: weights, attention over the context, and their sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from moeviz.accounting.units import exact, operations
from moeviz.analysis.cost.flops import FlopsInfo
from moeviz.figures.theme.layout import INK, Figure, chart_layout, here, line, note, power_axis
from moeviz.figures.theme.palette import COMPONENT_COLOURS
from moeviz.figures.theme.stops import stops_axis

HEIGHT = 330
_TICKS = {"128": 2**7, "1K": 2**10, "8K": 2**13, "64K": 2**16, "1M": 2**20}


def flops_by_context_lines(info: FlopsInfo) -> Figure:
    """FLOPs per token at every context, both axes logarithmic."""
    x, weights, products = (list(each) for each in zip(*info.by_context, strict=True))
    total = [a + b for a, b in zip(weights, products, strict=True)]
    layout = chart_layout(HEIGHT, margin={"l": 76, "r": 12, "t": 10, "b": 42})
    layout["xaxis"] = stops_axis("context S (tokens)", x, list(_TICKS.values()), list(_TICKS))
    layout["yaxis"] = power_axis(
        "FLOPs per token", [value for value in (*weights, *products) if value > 0], operations
    )
    named, late = len(x) // 3, 3 * len(x) // 4
    layout["annotations"] = [_named("weights", x, weights, named, yshift=12)]
    if products[named] > 0:
        layout["annotations"] += [
            _named("attention over context", x, products, named, yshift=-14, xanchor="left"),
            _named("sum", x, total, late, yshift=12, xanchor="right"),
        ]
    at = total[x.index(info.context)]
    data = [
        _line(x, total, "sum", INK, 1),
        _line(x, weights, "weights", COMPONENT_COLOURS["routed_experts"]),
        _line(x, products, "attention over context", COMPONENT_COLOURS["attention_products"]),
        here([info.context], [at], f"{exact(info.context)}: {operations(at)}"),
    ]
    return {"data": data, "layout": layout}


def _line(
    x: Sequence[int], y: Sequence[float], name: str, colour: str, width: float = 2.5
) -> Figure:
    said = f"context %{{x:,}}: {name} %{{y:.4s}}FLOP"
    return line(x, y, name, said, {"color": colour, "width": width})


def _named(text: str, x: Sequence[int], y: Sequence[float], place: int, **more: Any) -> Figure:
    return note(text, math.log10(x[place]), math.log10(y[place]), **more)
