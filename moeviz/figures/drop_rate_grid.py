"""Drop rates as a grid: a row per policy, a column per part of the batch, colour and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moeviz.figures.theme.layout import INK, SMALL, Figure, axis, chart_layout, heading
from moeviz.figures.theme.palette import DROPPED_COLOUR

_CHANNELS = ",".join(str(channel) for channel in bytes.fromhex(DROPPED_COLOUR[1:]))
_SCALE = [[0, f"rgba({_CHANNELS},0)"], [1, f"rgba({_CHANNELS},0.6)"]]
"""From nothing to the colour of what is dropped, thin enough for ink on both pages."""

ROW, FRAME = 26, 40
LEVEL_LETTERS, LEVEL_ROOM, SLANTED_ROOM = 6, 34, 58
"""Longer names of columns are written aslant, which takes more room below."""


def drop_rate_grid(
    rates: Mapping[str, Sequence[float]], columns: Sequence[str], title: str, highest: float
) -> Figure:
    """A row for each policy, a column for each part of the batch; rates as colour and number.

    Args:
        highest: the rate whose colour is the strongest: the same for pictures that are compared.
    """
    rows = list(rates)
    slanted = any(len(name) > LEVEL_LETTERS for name in columns)
    below = SLANTED_ROOM if slanted else LEVEL_ROOM
    layout = chart_layout(ROW * max(1, len(rows)) + FRAME + below)
    layout["margin"] = {"l": 8, "r": 8, "t": 24, "b": below}
    layout["xaxis"] = axis("", tickvals=list(range(len(columns))), ticktext=list(columns),
                           showgrid=False, tickangle=-35 if slanted else 0)  # fmt: skip
    layout["yaxis"] = axis("", tickvals=list(range(len(rows))), ticktext=rows, showgrid=False,
                           autorange="reversed", automargin=True)  # fmt: skip
    layout["annotations"] = [heading(title)]
    layout["coloraxis"] = {
        "cmin": 0, "cmax": max(100 * highest, 1.0), "colorscale": _SCALE, "showscale": False,
    }  # fmt: skip
    data: list[Figure] = []
    if rows:
        data.append({
            "type": "heatmap", "z": [[100 * value for value in rates[row]] for row in rows],
            "coloraxis": "coloraxis", "xgap": 2, "ygap": 2,
            "texttemplate": "%{z:.0f}", "textfont": {"size": SMALL, "color": INK},
            "hovertemplate": "%{z:.1f} % of the assignments dropped<extra></extra>",
        })  # fmt: skip
    return {"data": data, "layout": layout}
