"""Distinct experts of a decode step against the batch size: even routing and each layer."""

from __future__ import annotations

import math

from moeviz.accounting.distinct import distinct_experts
from moeviz.figures.theme.layout import ACCENT, MUTED, Figure, axis, chart_layout, line, note
from moeviz.figures.theme.scales import spread
from moeviz.traces import DistinctExperts

HEIGHT = 290
EVEN = "even routing"


def distinct_expert_lines(found: DistinctExperts) -> Figure:
    """A line for even routing, and one per layer of the measured model."""
    layout = chart_layout(HEIGHT)
    layout["margin"] = {"l": 48, "r": 96, "t": 10, "b": 42}
    x = [int(batch) for batch in found.batch_sizes]
    layout["xaxis"] = axis(
        "batch size B (sequences decoded together)", type="log",
        range=[-0.05, math.log10(max(x[-1], 2))], tickvals=x, ticktext=[f"{each:,}" for each in x],
    )  # fmt: skip
    top = found.n_experts * 1.05
    layout["yaxis"] = axis("distinct experts per layer", range=[0, top])
    lines = {EVEN: [distinct_experts(found.n_experts, found.top_k, batch) for batch in x]}
    lines |= {f"layer {i}": row.tolist() for i, row in enumerate(found.touched)}
    places = spread([values[-1] for values in lines.values()], found.n_experts * 0.09, 0, top)
    layout["annotations"] = [
        note(name, math.log10(x[-1]), place, xanchor="left", xshift=8)
        for name, place in zip(lines, places, strict=True)
    ]
    data = [
        line(x, values, f"{name},", f"B = %{{x:,}}: {name}, %{{y:.4s}}", _stroke(name),
             cliponaxis=False)
        for name, values in lines.items()
    ]  # fmt: skip
    return {"data": data, "layout": layout}


def _stroke(name: str) -> Figure:
    colour, dash = (MUTED, "dot") if name == EVEN else (ACCENT, "solid")
    return {"color": colour, "width": 2.5, "dash": dash}
