"""Total and active parameters against what is turned: k, the number of experts, or the split."""

from __future__ import annotations

import math

from moeviz.accounting.units import count
from moeviz.analysis.cost.granularity import DialInfo
from moeviz.figures.theme.layout import ACCENT, Figure, here, note, power_axis
from moeviz.figures.theme.palette import COMPONENT_COLOURS
from moeviz.figures.theme.stops import dial_line, dial_picture


def parameter_lines(info: DialInfo) -> Figure:
    """Total and active against the dial, both logarithmic."""
    stops, letter = info.values, info.dial.letter
    totals = [point.total for point in info.points]
    actives = [point.active for point in info.points]
    layout = dial_picture(letter, stops)
    layout["yaxis"] = power_axis("parameters", [*totals, *actives], count)
    middle = len(stops) // 2
    layout["annotations"] = [
        note(name, math.log10(stops[middle]), math.log10(values[middle]), yshift=shift)
        for name, values, shift in (("total", totals, 12), ("active", actives, -14))
    ]
    data = [
        dial_line(letter, stops, totals, "total", COMPONENT_COLOURS["routed_experts"]),
        dial_line(letter, stops, actives, "active", ACCENT),
        here([stops[info.at]] * 2, [totals[info.at], actives[info.at]]),
    ]
    return {"data": data, "layout": layout}
