"""The α of each convention that gives the same gradient norm, as dots on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

from moeviz.analysis.conventions import REFERENCE_ALPHA, LossLine
from moeviz.figures.theme.layout import (
    ACCENT,
    MUTED,
    Figure,
    axis,
    named_rows,
    note,
    plate,
    upright,
)

NO_GRADIENT = "no gradient"


def equal_alpha_dots(lines: Sequence[LossLine]) -> Figure:
    """A dot for each convention on a logarithmic axis: the α that gives the same gradient norm."""
    names = [line.balancer.title for line in lines]
    known = [row for row, line in enumerate(lines) if math.isfinite(line.gradient_alpha)]
    x = [lines[row].gradient_alpha for row in known]
    layout = named_rows(names)
    layout["xaxis"] = axis(
        f"α with the gradient norm of Switch's {REFERENCE_ALPHA:g}", type="log", range=_decades(x),
        dtick=1, exponentformat="none",
    )  # fmt: skip
    layout["shapes"] = [upright(REFERENCE_ALPHA, MUTED)]
    layout["annotations"] = [
        plate(f"{lines[row].gradient_alpha:.2g}", math.log10(lines[row].gradient_alpha), row,
              xanchor="left", xshift=9)
        for row in known
    ] + [
        note(NO_GRADIENT, math.log10(REFERENCE_ALPHA), row, xanchor="left", xshift=9)
        for row in range(len(lines)) if row not in known
    ]  # fmt: skip
    data = [{
        "type": "scatter", "mode": "markers", "x": x, "y": known, "cliponaxis": False,
        "marker": {"size": 11, "color": ACCENT}, "text": [names[row] for row in known],
        "customdata": [lines[row].agreement for row in known],
        "hovertemplate": "%{text}: α = %{x:.3g}, cosine %{customdata:.2f}<extra></extra>",
    }]  # fmt: skip
    return {"data": data, "layout": layout}


def _decades(values: Sequence[float]) -> list[float]:
    """Whole powers of ten around the values, with room for a label at the right."""
    logs = [math.log10(value) for value in values] or [math.log10(REFERENCE_ALPHA)]
    return [math.floor(min(logs) - 0.2), math.ceil(max(logs) + 0.2)]
