"""Lines over the values of a control on a logarithmic axis: batch sizes, contexts, a sweep."""

from __future__ import annotations

import math
from collections.abc import Sequence

from moeviz.figures.theme.layout import Figure, axis, chart_layout, line

HEIGHT = 320
_NAMED = 7
"""Labels of values that fit on the axis of a sweep."""


def batch_picture(batches: Sequence[int]) -> Figure:
    """The layout over batch sizes, ascending."""
    ticks = [4**power for power in range(9) if 4**power <= batches[-1]]
    layout = chart_layout(HEIGHT, margin={"l": 62, "r": 16, "t": 10, "b": 42})
    layout["xaxis"] = stops_axis(
        "batch size B (sequences decoded together)", batches, ticks, room=0.12
    )
    return layout


def batch_line(batches: Sequence[int], values: Sequence[float], name: str, colour: str) -> Figure:
    """A quantity at every batch size."""
    said = f"B = %{{x:,}}: {name} %{{y:.4s}}"
    return line(batches, values, name, said, {"color": colour, "width": 2.5})


def sweep_picture(label: str, values: Sequence[int]) -> Figure:
    """The layout over the values of a sweep, ascending."""
    layout = chart_layout(HEIGHT, margin={"l": 66, "r": 16, "t": 10, "b": 42})
    layout["xaxis"] = stops_axis(label, values, values[:: max(1, len(values) // _NAMED)])
    return layout


def sweep_line(
    letter: str, stops: Sequence[int], values: Sequence[float], name: str, colour: str
) -> Figure:
    """A quantity at every value of a sweep."""
    said = f"{letter} = %{{x:,}}: {name} %{{y:.4s}}"
    stroke = {"color": colour, "width": 2.5}
    return line(stops, values, name, said, stroke, mode="lines+markers", marker={"size": 6})


def stops_axis(
    title: str,
    stops: Sequence[int],
    ticks: Sequence[int],
    names: Sequence[str] = (),
    room: float = 0.1,
) -> Figure:
    """A logarithmic axis from the first stop to the last.

    Args:
        ticks: what is named. names: of the ticks; without them their numbers. room: powers of ten
            before the first stop and after the last.
    """
    return axis(
        title, type="log",
        range=[math.log10(stops[0]) - room, math.log10(stops[-1]) + room],
        tickvals=list(ticks), ticktext=list(names) or [f"{each:,}" for each in ticks],
    )  # fmt: skip
