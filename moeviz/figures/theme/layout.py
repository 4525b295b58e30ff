"""Parts of a picture that look the same in all of them: layout, axes, words, lines, marks.

Plain Plotly JSON. Ink and grid are tones of the page that draws it: the component fills them in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Figure = dict[str, Any]

INK, MUTED, FAINT, ACCENT, PAPER = (
    f"tone:{name}" for name in ("ink", "muted", "faint", "accent", "paper")
)
"""Named instead of a colour."""

_ROW, _FRAME = 34, 76
"""Pixels of a named row, and of what stands around all of them."""

SMALL = 11
"""Pixels of words that are less than a label."""


def chart_layout(height: int, **more: Any) -> Figure:
    """What all these pictures share."""
    return {
        "height": height,
        "margin": {"l": 48, "r": 12, "t": 26, "b": 38},
        "showlegend": False,
        "font": {"size": 12},
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        **more,
    }


def axis(title: str = "", **more: Any) -> Figure:
    """An axis in the page's tones."""
    return {
        "title": {"text": title, "standoff": 6},
        "gridcolor": FAINT,
        "zeroline": False,
        "fixedrange": True,
        **more,
    }


def power_axis(title: str, values: Sequence[float], written: Callable[[float], str]) -> Figure:
    """A logarithmic axis around positive values, with a tick at every power of ten.

    Args:
        written: a number with its unit, short.
    """
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    powers = [10.0**power for power in range(low, high + 1)]
    return axis(
        title, type="log", range=[low, max(high, low + 1)], tickvals=powers,
        ticktext=[written(each) for each in powers],
    )  # fmt: skip


def note(text: str, x: float, y: float, **more: Any) -> Figure:
    """Words in the picture."""
    return {
        "text": text, "x": x, "y": y, "showarrow": False, "font": {"size": 12}, **more,
    }  # fmt: skip


def plate(text: str, x: float, y: float, **more: Any) -> Figure:
    """Words that stand over lines or bars, on the page's own ground."""
    return note(text, x, y, bgcolor=PAPER, **more)


def heading(text: str) -> Figure:
    """What the values are, above the axis of values at the left."""
    return note(text, 0, 1, xref="paper", yref="paper", xanchor="left", yanchor="bottom")


def line(
    x: Sequence[float], y: Sequence[float], name: str, said: str, stroke: Figure, **more: Any
) -> Figure:
    """A line through points.

    Args:
        said: on hover. stroke: its colour, width and dash.
    """
    return {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name,
        "line": stroke, "hovertemplate": f"{said}<extra></extra>", **more,
    }  # fmt: skip


def here(x: Sequence[float], y: Sequence[float], said: str = "") -> Figure:
    """A diamond where the controls stand. `said`: on hover; "": nothing."""
    hover = {"hovertemplate": f"{said}<extra></extra>"} if said else {"hoverinfo": "skip"}
    return {
        "type": "scatter", "mode": "markers", "x": list(x), "y": list(y),
        "marker": {"size": 12, "color": INK, "symbol": "diamond"}, **hover,
    }  # fmt: skip


def upright(x: float, colour: str, width: float = 1) -> Figure:
    """A dotted line from the foot of the picture to its top."""
    return {
        "type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": colour, "width": width, "dash": "dot"},
    }  # fmt: skip


def level(y: float, stroke: Figure) -> Figure:
    """A line from the left of the picture to its right."""
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": stroke,
    }  # fmt: skip


def named_rows(names: Sequence[str]) -> Figure:
    """A layout of rows that have their names at the left, the first one on top."""
    layout = chart_layout(_ROW * max(1, len(names)) + _FRAME)
    layout["margin"] = {"l": 8, "r": 16, "t": 6, "b": 44}
    layout["yaxis"] = axis(
        "", tickvals=list(range(len(names))), ticktext=list(names), automargin=True,
        showgrid=False, range=[len(names) - 0.5, -0.5],
    )  # fmt: skip
    return layout


def escaped(text: str) -> str:
    """Plotly reads HTML-like tags in titles: written out, they are only text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
