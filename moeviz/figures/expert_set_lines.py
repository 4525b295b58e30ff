"""How many sets of experts a token can be sent to, against what is turned."""

from __future__ import annotations

import math

from moeviz.analysis.cost.granularity import DialInfo
from moeviz.figures.theme.layout import ACCENT, Figure, axis, here
from moeviz.figures.theme.stops import dial_line, dial_picture


def expert_set_lines(info: DialInfo) -> Figure:
    """The power of ten of C(N, k) against the dial."""
    stops, letter = info.values, info.dial.letter
    powers = [math.log10(point.combinations) for point in info.points]
    layout = dial_picture(letter, stops)
    top = max(powers) * 1.1 or 1
    layout["yaxis"] = axis("C(N, k), as a power of ten", range=[0, top], rangemode="tozero")
    data = [
        dial_line(letter, stops, powers, "10 to the power", ACCENT),
        here([stops[info.at]], [powers[info.at]]),
    ]
    return {"data": data, "layout": layout}
