"""Curves over the capacity factor: what is dropped, what is padded, and what it costs in nats."""

from __future__ import annotations

import math
from collections.abc import Sequence

from moeviz.analysis.capacity import CurvePoint
from moeviz.figures.theme.layout import (
    ACCENT,
    INK,
    Figure,
    axis,
    chart_layout,
    heading,
    line,
    note,
    plate,
    upright,
)
from moeviz.figures.theme.palette import DROPPED_COLOUR, PADDING_COLOUR

HEIGHT = 330


def capacity_curves(curve: Sequence[CurvePoint], chosen: float | None) -> Figure:
    """Above: what is dropped and what is padded. Below: the cost in nats with its 95 % interval."""
    factors = [point.capacity_factor for point in curve]
    layout = chart_layout(HEIGHT)
    layout["margin"] = {**layout["margin"], "r": 74}
    ends = [0.0, max(factors, default=4.0) * 1.03]
    layout["xaxis"] = axis("capacity factor", range=ends, anchor="y2")
    layout["yaxis"] = axis("", domain=[0.56, 1], range=[0, 100], ticksuffix=" %", nticks=5)
    layout["yaxis2"] = axis("", domain=[0, 0.42], rangemode="tozero", nticks=4)
    layout["annotations"] = [
        heading("Dropped assignments, empty slots (padding)"),
        plate("Cross-entropy above dropless, nats per token", 0, 0.42, xref="paper", yref="paper",
             xanchor="left", yanchor="bottom"),
        *_curve_names(curve),
    ]  # fmt: skip
    layout["shapes"] = [upright(chosen, ACCENT, 1.5)] if chosen else []
    cost = _curve("cost", factors, [p.cost for p in curve], INK, "y2", "%{y:.4f} nats")
    cost["error_y"] = {
        "array": [None if math.isnan(p.half_width) else p.half_width for p in curve],
        "color": INK, "thickness": 1.2, "width": 3,
    }  # fmt: skip
    dropped, padding = [100 * p.dropped for p in curve], [100 * p.padding for p in curve]
    data = [
        _curve("dropped", factors, dropped, DROPPED_COLOUR, "y", "%{y:.1f} % of the assignments"),
        _curve("padding", factors, padding, PADDING_COLOUR, "y", "%{y:.1f} % of the slots"),
        cost,
    ]
    return {"data": data, "layout": layout}


def _curve(name: str, x: list[float], y: list[float], colour: str, yaxis: str, said: str) -> Figure:
    return line(
        x, y, name, f"factor %{{x:g}}: {name} {said}", {"color": colour, "width": 2},
        mode="lines+markers", marker={"size": 6, "color": colour}, yaxis=yaxis, cliponaxis=False,
    )  # fmt: skip


def _curve_names(curve: Sequence[CurvePoint]) -> list[Figure]:
    """Each line is named where it ends: they end far from each other."""
    if not curve:
        return []
    last = curve[-1]
    ends = [("padding", 100 * last.padding, PADDING_COLOUR)]
    ends.append(("dropped", 100 * last.dropped, DROPPED_COLOUR))
    return [
        note(name, last.capacity_factor, y, xanchor="left", xshift=8,
             font={"size": 12, "color": colour})
        for name, y, colour in ends
    ]  # fmt: skip
