"""Pictures of conventions: the α that means the same, and the seats that one factor gives.

Plain Plotly JSON in the page's own tones, like `figures.capacity`. Decides no number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from moeviz.analysis.conventions import REFERENCE_ALPHA, CapacityLine, LossLine
from moeviz.figures.capacity import ACCENT, DROPPED_COLOUR, MUTED, axis, chart_layout, note, plate

Figure = dict[str, Any]

ROW, FRAME = 34, 76
NO_PUSH = "no push at all"


def equal_alphas(lines: Sequence[LossLine]) -> Figure:
    """A dot for each convention on a logarithmic axis: the α that pushes the router as hard."""
    names = [line.convention.title for line in lines]
    rows = list(range(len(lines)))
    known = [row for row in rows if math.isfinite(lines[row].gradient_alpha)]
    x = [lines[row].gradient_alpha for row in known]
    layout = _rows_layout(names)
    layout["xaxis"] = axis(
        "α that pushes as hard as Switch's 0.01", type="log", range=_decades(x),
        dtick=1, exponentformat="none",
    )  # fmt: skip
    layout["shapes"] = [{
        "type": "line", "x0": REFERENCE_ALPHA, "x1": REFERENCE_ALPHA, "yref": "paper", "y0": 0,
        "y1": 1, "line": {"color": MUTED, "width": 1, "dash": "dot"},
    }]  # fmt: skip
    layout["annotations"] = [
        plate(f"{lines[row].gradient_alpha:.2g}", math.log10(lines[row].gradient_alpha), row,
              xanchor="left", xshift=9)
        for row in known
    ] + [
        note(NO_PUSH, math.log10(REFERENCE_ALPHA), row, xanchor="left", xshift=9)
        for row in rows if row not in known
    ]  # fmt: skip
    data = [{
        "type": "scatter", "mode": "markers", "x": x, "y": known, "cliponaxis": False,
        "marker": {"size": 11, "color": ACCENT}, "text": [names[row] for row in known],
        "customdata": [lines[row].agreement for row in known],
        "hovertemplate": "%{text}: α = %{x:.3g}, direction %{customdata:.2f}<extra></extra>",
    }]  # fmt: skip
    return {"data": data, "layout": layout}


def _decades(values: Sequence[float]) -> list[float]:
    """Whole powers of ten around the values, with room for a label at the right."""
    logs = [math.log10(value) for value in values] or [math.log10(REFERENCE_ALPHA)]
    return [math.floor(min(logs) - 0.2), math.ceil(max(logs) + 0.2)]


def capacity_bars(lines: Sequence[CapacityLine], factor: float) -> Figure:
    """A bar for each library: seats for each of the k choices, and what that drops."""
    names = [line.convention.title for line in lines]
    most = max((line.per_choice for line in lines), default=1.0)
    layout = _rows_layout(names)
    layout["xaxis"] = axis(
        f"seats a choice, at a factor of {factor:g}",
        range=[0, most * 1.9], tickvals=[0, 0.5, 1, 1.5, 2, 3, 4, 6, 8], showgrid=False,
    )  # fmt: skip
    layout["annotations"] = [
        note(_seats_words(line), line.per_choice, row, xanchor="left", xshift=6)
        for row, line in enumerate(lines)
    ]
    layout["bargap"] = 0.35
    data = [{
        "type": "bar", "orientation": "h", "y": list(range(len(lines))),
        "x": [line.per_choice for line in lines],
        "marker": {"color": [ACCENT if line.convention.counts_k else DROPPED_COLOUR
                             for line in lines]},
        "text": [f"{line.slots:g} slots an expert" for line in lines], "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }]  # fmt: skip
    return {"data": data, "layout": layout}


def _seats_words(line: CapacityLine) -> str:
    return f"C {line.slots:g}, drops {100 * line.dropped:.1f} %"


def _rows_layout(names: Sequence[str]) -> Figure:
    layout = chart_layout(ROW * max(1, len(names)) + FRAME)
    layout["margin"] = {"l": 8, "r": 16, "t": 6, "b": 44}
    layout["yaxis"] = axis(
        "", tickvals=list(range(len(names))), ticktext=list(names), automargin=True,
        showgrid=False, range=[len(names) - 0.5, -0.5],
    )  # fmt: skip
    return layout
