"""Total and active parameters against the size that varies: k, experts per layer, or the split."""

from __future__ import annotations

import math

from moeviz.accounting.units import count
from moeviz.analysis.cost.granularity import SweepInfo
from moeviz.figures.theme.layout import ACCENT, Figure, here, note, power_axis
from moeviz.figures.theme.palette import COMPONENT_COLOURS
from moeviz.figures.theme.stops import sweep_line, sweep_picture


def parameter_lines(info: SweepInfo) -> Figure:
    """Total and active at every value of the sweep, both axes logarithmic."""
    stops, letter = info.values, info.sweep.letter
    totals = [point.total for point in info.points]
    actives = [point.active for point in info.points]
    layout = sweep_picture(info.sweep.label, stops)
    layout["yaxis"] = power_axis("parameters", [*totals, *actives], count)
    middle = len(stops) // 2
    layout["annotations"] = [
        note(name, math.log10(stops[middle]), math.log10(values[middle]), yshift=shift)
        for name, values, shift in (("total", totals, 12), ("active", actives, -14))
    ]
    data = [
        sweep_line(letter, stops, totals, "total", COMPONENT_COLOURS["routed_experts"]),
        sweep_line(letter, stops, actives, "active, with embedding and head", ACCENT),
        here([stops[info.at]] * 2, [totals[info.at], actives[info.at]]),
    ]
    return {"data": data, "layout": layout}
