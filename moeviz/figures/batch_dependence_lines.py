"""How much a sequence's logits change, by position, when the rest of its batch changes."""

from __future__ import annotations

import math

import numpy as np

from moeviz.figures.theme.layout import (
    MUTED,
    SMALL,
    Figure,
    axis,
    chart_layout,
    heading,
    note,
    upright,
)
from moeviz.figures.theme.palette import DROPPED_COLOUR
from moeviz.traces import BatchDependence

HEIGHT = 220
LEAST_CHANGE = 1e-8
"""Where the logarithmic axis of changes ends; a change of 0 is drawn there."""


def batch_dependence_lines(
    chosen: BatchDependence | None, dropless: BatchDependence | None, name: str
) -> Figure:
    """By position: how much the sequence's logits change when the rest of the batch changes."""
    length = max((len(each.alone_change) for each in (chosen, dropless) if each), default=0)
    layout = chart_layout(HEIGHT)
    layout["margin"] = {**layout["margin"], "l": 56}
    layout["xaxis"] = axis("position in the sequence", range=[-0.5, max(length, 1) - 0.5])
    layout["yaxis"] = axis(
        "", type="log", range=[math.log10(LEAST_CHANGE), 1.2], dtick=2, exponentformat="power"
    )
    layout["annotations"] = [heading("Largest change of a logit")]
    data = []
    if dropless:
        data += _changes(dropless, "dropless", MUTED)
    if chosen:
        data += _changes(chosen, name, DROPPED_COLOUR)
        border = chosen.changed_from - 0.5
        layout["shapes"] = [upright(border, MUTED)]
        layout["annotations"].append(
            note("replaced from here", border, 1, yref="paper", xanchor="left", yanchor="bottom",
                 font={"size": SMALL})
        )  # fmt: skip
    return {"data": data, "layout": layout}


def _changes(answer: BatchDependence, name: str, colour: str) -> list[Figure]:
    positions = np.arange(len(answer.alone_change)).tolist()
    kinds = {
        "alone": (answer.alone_change, "circle"),
        "second half replaced": (answer.later_change, "x-thin"),
    }
    return [
        {
            "type": "scatter", "mode": "markers", "name": f"{name}, {kind}", "x": positions,
            "y": np.maximum(values.astype(float), LEAST_CHANGE).tolist(),
            "customdata": values.tolist(),
            "marker": {"symbol": symbol, "size": 6, "color": colour,
                       "line": {"width": 1.4, "color": colour}},
            "hovertemplate": f"{name}, {kind}: %{{customdata:.3g}} at position %{{x}}"
                             "<extra></extra>",
        }
        for kind, (values, symbol) in kinds.items()
    ]  # fmt: skip
