"""The number of possible sets of experts per token, against the size that varies."""

from __future__ import annotations

import math

from moeviz.analysis.cost.granularity import SweepInfo
from moeviz.figures.theme.layout import ACCENT, Figure, axis, here
from moeviz.figures.theme.stops import sweep_line, sweep_picture


def expert_set_lines(info: SweepInfo) -> Figure:
    """The power of ten of the number of sets, at every value of the sweep."""
    stops, letter = info.values, info.sweep.letter
    powers = [math.log10(point.combinations) for point in info.points]
    layout = sweep_picture(info.sweep.label, stops)
    top = max(powers) * 1.1 or 1
    layout["yaxis"] = axis(
        "possible sets of experts (power of ten)", range=[0, top], rangemode="tozero"
    )
    data = [
        sweep_line(letter, stops, powers, "sets = 10 to the power", ACCENT),
        here([stops[info.at]], [powers[info.at]]),
    ]
    return {"data": data, "layout": layout}
