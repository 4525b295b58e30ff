"""Bars of models stacked by component: total and active parameters, bytes, FLOPs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moeviz.accounting.units import number, plain
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES, ComponentRow
from moeviz.figures.theme.components import PATTERNS, components_of
from moeviz.figures.theme.layout import INK, MUTED, Figure, axis, chart_layout, note, upright
from moeviz.figures.theme.palette import COMPONENT_COLOURS

ROW, FRAME = 52, 44
_FARTHEST = 2
"""A limit of more times the longest bar is not in the picture."""

_WORDS = 0.11
"""A segment shorter than this part of the axis has no label inside: the legend names it."""


def component_bars(
    rows: Sequence[ComponentRow],
    unit: str,
    written: Callable[[float], str],
    limit: tuple[str, float] | None = None,
    row_height: int = ROW,
) -> Figure:
    """A stacked bar a row on one common axis; hovering a bar lists all its components.

    Args:
        unit: of the axis, in words. written: a number with its unit, short.
        limit: what the bars are held against: a line with its name.
        row_height: in pixels, the words above the bar included.
    """
    longest = plain(max((row.total for row in rows), default=0)) or 1
    near = limit is not None and limit[1] <= _FARTHEST * longest
    most = max(longest, limit[1]) if limit and near else longest
    layout = chart_layout(
        row_height * len(rows) + FRAME, barmode="stack", bargap=0.5, hovermode="y unified"
    )
    layout["uniformtext"] = {"minsize": 9, "mode": "hide"}
    layout["margin"] = {"l": 4, "r": 8, "t": 8, "b": 36}
    layout["xaxis"] = axis(unit, range=[0, most * 1.02], **_ticks(most, written))
    layout["yaxis"] = axis(
        "", showticklabels=False, showgrid=False, range=[len(rows) - 0.45, -0.75],
        tickvals=list(range(len(rows))), ticktext=[row.title for row in rows],
    )  # fmt: skip
    layout["annotations"] = [
        note(f"{row.title}: <b>{row.said}</b>", 0, i - 0.22, xanchor="left", yanchor="bottom",
             font={"size": 13})
        for i, row in enumerate(rows)
    ]  # fmt: skip
    if limit and near:
        layout["shapes"] = [upright(limit[1], INK, 1.5)]
        layout["annotations"].append(
            note(
                limit[0],
                limit[1],
                1,
                yref="paper",
                yanchor="bottom",
                xanchor="right" if limit[1] > most / 2 else "left",
            )
        )
        layout["margin"]["t"] = 24
        layout["height"] += 16
    data = [_segment(name, rows, most, written) for name in components_of(rows)]
    return {"data": data, "layout": layout}


def _segment(
    name: str, rows: Sequence[ComponentRow], most: float, written: Callable[[float], str]
) -> Figure:
    """One component in every row; None in a row that has none of it, so that hover omits it."""
    parts = [row.parts.get(name) for row in rows]
    values = [None if part is None else plain(part) for part in parts]
    title = COMPONENT_TITLES[name]
    return {
        "type": "bar", "orientation": "h", "name": title, "x": values,
        "y": list(range(len(rows))), "marker": {
            "color": COMPONENT_COLOURS[name], "line": {"width": 0},
            "pattern": PATTERNS.get(name, {}),
        },
        "text": [
            f"{title} {written(value)}" if value and value > _WORDS * most else ""
            for value in values
        ],
        "textposition": "inside", "insidetextanchor": "middle", "textangle": 0,
        "textfont": {"color": "#FFFFFF", "size": 12}, "constraintext": "inside",
        "customdata": [number(part or 0) for part in parts],
        "hovertemplate": f"{title}: %{{customdata}}<extra></extra>",
    }  # fmt: skip


def _ticks(most: float, written: Callable[[float], str]) -> Figure:
    values = [most * part for part in (0, 0.25, 0.5, 0.75, 1)]
    return {
        "tickvals": values, "ticktext": ["0", *(written(value) for value in values[1:])],
        "tickfont": {"color": MUTED},
    }  # fmt: skip
