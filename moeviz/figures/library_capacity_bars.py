"""The capacity that one capacity factor gives in each library, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from moeviz.analysis.conventions import CapacityLine
from moeviz.figures.theme.layout import ACCENT, Figure, axis, named_rows, note
from moeviz.figures.theme.palette import DROPPED_COLOUR


def library_capacity_bars(lines: Sequence[CapacityLine], factor: float) -> Figure:
    """A bar for each library: slots per assignment, and what such a capacity drops."""
    most = max((line.per_assignment for line in lines), default=1.0)
    layout = named_rows([line.convention.title for line in lines])
    layout["xaxis"] = axis(
        f"slots per assignment at a factor of {factor:g}",
        range=[0, most * 1.9], tickvals=[0, 0.5, 1, 1.5, 2, 3, 4, 6, 8], showgrid=False,
    )  # fmt: skip
    layout["annotations"] = [
        note(f"C = {line.slots:g}, {100 * line.dropped:.1f} % dropped", line.per_assignment, row,
             xanchor="left", xshift=6)
        for row, line in enumerate(lines)
    ]  # fmt: skip
    layout["bargap"] = 0.35
    data = [{
        "type": "bar", "orientation": "h", "y": list(range(len(lines))),
        "x": [line.per_assignment for line in lines],
        "marker": {"color": [ACCENT if line.convention.counts_k else DROPPED_COLOUR
                             for line in lines]},
        "text": [f"{line.slots:g} slots per expert" for line in lines], "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }]  # fmt: skip
    return {"data": data, "layout": layout}
