"""The capacity slots of each expert as bars: filled and empty, with the overflow above them."""

from __future__ import annotations

from moeviz.analysis.capacity import slots_per_expert
from moeviz.figures.theme.layout import (
    INK,
    MUTED,
    PAPER,
    Figure,
    axis,
    chart_layout,
    level,
    plate,
)
from moeviz.figures.theme.palette import expert_colours
from moeviz.figures.theme.scales import nice_top
from moeviz.traces import LayerAssignments

HEIGHT = 250


def expert_slots_bars(layer: LayerAssignments) -> Figure:
    """Each expert's slots: filled in its colour, empty as an outline, overflow above them."""
    filled, empty, overflow = slots_per_expert(layer)
    n_experts = len(filled)
    experts, colours = list(range(n_experts)), list(expert_colours(n_experts))
    top = nice_top(max(map(sum, zip(filled, empty, overflow, strict=True))))
    data = [
        _bars("kept", experts, filled, {"color": colours, "line": {"width": 0}}),
        _bars(
            "padding", experts, empty,
            {"color": "rgba(0,0,0,0)", "line": {"width": 1, "color": MUTED}},
        ),
        _bars(
            "overflow", experts, overflow,
            {
                "color": colours, "opacity": 0.45, "line": {"width": 0},
                "pattern": {"shape": "/", "fgcolor": PAPER, "size": 5, "solidity": 0.45},
            },
        ),
    ]  # fmt: skip
    every = 1 if n_experts <= 16 else 4
    layout = chart_layout(HEIGHT, barmode="stack", bargap=0.18)
    layout["xaxis"] = axis("expert", tickvals=experts[::every], showgrid=False)
    layout["yaxis"] = axis("assignments", range=[0, top])
    if layer.expert_capacity is not None:
        layout["shapes"] = [level(layer.expert_capacity, {"color": INK, "width": 1.5})]
        layout["annotations"] = [
            plate(f"capacity {layer.expert_capacity:,}", 1, layer.expert_capacity, xref="paper",
                  xanchor="right", yanchor="bottom"),
        ]  # fmt: skip
    return {"data": data, "layout": layout}


def _bars(name: str, x: list[int], y: list[int], marker: Figure) -> Figure:
    return {
        "type": "bar", "name": name, "x": x, "y": y, "marker": marker,
        "hovertemplate": f"expert %{{x}}: %{{y}} {name}<extra></extra>",
    }  # fmt: skip
