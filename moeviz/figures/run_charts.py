"""The charts of a run, stacked on one axis of steps: cross-entropy, balance, load ribbons.

Builds plain Plotly JSON (dictionaries, numpy arrays for the data), because this runs several times
a second and building `plotly.graph_objects` costs a hundred times as much. Decides no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from moeviz.analysis.metrics import METRICS
from moeviz.analysis.run_charts import Line, Mark, Ribbon, RunChartsInfo
from moeviz.figures.theme.end_labels import (
    FONT_SIZE,
    LABEL_HEIGHT,
    end_labels,
    room_for_labels,
)
from moeviz.figures.theme.layout import Figure, escaped
from moeviz.figures.theme.palette import arm_colour, line_borders, load_ramp
from moeviz.figures.theme.scales import nice_ceiling, round_bounds

INK, GRID = "#31333F", "#E6E6EA"
ROW_HEIGHTS = {"cross_entropy": 130, "balance": 84, "ribbon": 60}
GAP = 30
MARGIN = {"l": 44, "r": 132, "t": 40, "b": 34}
DEFAULT_EXPERTS = 8
FINE = 0.6
"""So much of the usual width have lines that are split by domain: they are many."""
SATURATION = 8
"""The ribbon's colour is full from this multiple of the fair share on, or from 100 %."""


def run_charts(info: RunChartsInfo, height: int | None = None) -> Figure:
    """One figure, its rows from top to bottom: cross-entropy, balance, a load ribbon for each arm.

    Rows keep their proportions in `height` pixels; without it each has its natural height.
    `layout.meta.rows` lists what each row holds, for readers of the figure that are not Plotly.
    """
    heights = _row_heights(info)
    rows = _row_domains(heights)
    experts = max((len(ribbon.load) for ribbon in info.ribbons), default=0) or DEFAULT_EXPERTS
    metric = METRICS[info.metric]
    axes = [
        _line_axis(info.cross_entropy, None),
        _line_axis(info.balance, (0.0, experts) if metric.bounds == "experts" else metric.bounds),
        *[_expert_axis(ribbon) for ribbon in info.ribbons],
    ]
    titles = [
        "Cross-entropy, nats per token (dashed: held out)",
        f"{metric.label}, layer {info.layer}" if metric.per_layer else metric.label,
        *[f"{ribbon.name}: load of each expert, layer {info.layer}" for ribbon in info.ribbons],
    ]
    layout = _layout(info, experts)
    layout["height"] = height or _height(heights)
    scale = layout["height"] / _height(heights)
    for i, (axis, domain) in enumerate(zip(axes, rows, strict=True)):
        layout[f"yaxis{_suffix(i)}"] = {**axis, "domain": domain, "anchor": "x", "zeroline": False}
    layout["xaxis"]["anchor"] = f"y{_suffix(len(rows) - 1)}"
    layout["annotations"] = [
        *[_title(text, domain) for text, domain in zip(titles, rows, strict=True)],
        *end_labels(info.cross_entropy, axes[0]["range"], 0, scale * heights[0]),
        *end_labels(info.balance, axes[1]["range"], 1, scale * heights[1]),
        *_mark_labels(info.marks, layout["xaxis"]["range"]),
    ]
    borders = line_borders(len({line.arm for line in info.cross_entropy}))
    data = [
        *[_line(line, "y", borders) for line in info.cross_entropy],
        *[_line(line, "y2", borders) for line in info.balance],
        *[_ribbon(ribbon, f"y{_suffix(i + 2)}") for i, ribbon in enumerate(info.ribbons)],
    ]
    layout["meta"]["rows"] = _rows(info, rows)
    return {"data": data, "layout": layout}


def _suffix(row: int) -> str:
    return "" if row == 0 else str(row + 1)


def _row_heights(info: RunChartsInfo) -> list[int]:
    """In pixels; a row of many lines grows with what their labels need."""
    return [
        max(ROW_HEIGHTS["cross_entropy"], room_for_labels(info.cross_entropy)),
        max(ROW_HEIGHTS["balance"], room_for_labels(info.balance)),
        *[ROW_HEIGHTS["ribbon"] for _ in info.ribbons],
    ]


def _height(heights: Sequence[int]) -> int:
    return sum(heights) + GAP * (len(heights) - 1) + MARGIN["t"] + MARGIN["b"]


def _row_domains(heights: Sequence[int]) -> list[tuple[float, float]]:
    """Where each row lies, as fractions of the plotting area from the bottom."""
    inner = sum(heights) + GAP * (len(heights) - 1)
    tops = np.cumsum([0, *[height + GAP for height in heights[:-1]]])
    pairs = zip(tops.tolist(), heights, strict=True)
    return [(1 - (top + height) / inner, 1 - top / inner) for top, height in pairs]


def _layout(info: RunChartsInfo, experts: int) -> Figure:
    """What does not depend on rows: type, margins, the axis of steps, marks, the colour scale."""
    full = min(1.0, SATURATION / experts)
    last = max(100.0, nice_ceiling(max(1, info.last_step)))
    return {
        "margin": MARGIN,
        "showlegend": False,
        "font": {"color": INK, "size": 12},
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "xaxis": {
            "title": {"text": "training step"},
            "range": [0, last],
            "gridcolor": GRID,
            "zeroline": False,
        },
        "shapes": [_mark_line(mark) for mark in info.marks],
        "coloraxis": {
            "cmin": 0,
            "cmax": 100 * full,
            "colorscale": load_ramp(),
            "showscale": bool(info.ribbons),
            "colorbar": _colour_bar(len(info.ribbons), experts, full),
        },
        "meta": {"dark_colorscale": load_ramp(dark=True)},
    }


def _colour_bar(ribbons: int, experts: int, full: float) -> Figure:
    """From 0 by the even share to the strongest tone; 0 is unnamed where the even share is near."""
    height = (ROW_HEIGHTS["ribbon"] + GAP) * ribbons - GAP
    length = max(60, min(height, 120))
    named = {
        100 / experts: f"even {100 / experts:.3g} %",
        100 * full: f"{'' if full == 1 else '≥ '}{100 * full:.3g} %",
    }
    if length / (experts * full) >= LABEL_HEIGHT:
        named[0.0] = "0"
    return {
        "thickness": 8,
        "lenmode": "pixels",
        "len": length,
        "x": 1.02,
        "xanchor": "left",
        "y": 0,
        "yanchor": "bottom",
        "outlinewidth": 0,
        "tickvals": list(named),
        "ticktext": list(named.values()),
    }


def _line_axis(lines: Sequence[Line], bounds: Any) -> Figure:
    low, high = bounds or round_bounds(
        np.concatenate([line.values for line in lines] or [np.empty(0)])
    )
    return {"range": [low, high], "gridcolor": GRID, "nticks": 5}


def _expert_axis(ribbon: Ribbon) -> Figure:
    experts = len(ribbon.load)
    fewest = experts * LABEL_HEIGHT / ROW_HEIGHTS["ribbon"]
    every = next(each for each in (1, 2, 4, 8, 16, 32) if each >= fewest)
    shown = list(range(0, experts, every))
    return {
        "range": [max(experts, 1) - 0.5, -0.5],
        "tickvals": shown,
        "ticktext": [str(e) for e in shown],
        "showgrid": False,
        "fixedrange": True,
    }


def _title(text: str, domain: tuple[float, float]) -> Figure:
    return {
        **_label(escaped(text), x=0, xanchor="left"),
        "y": domain[1],
        "yref": "paper",
        "yanchor": "bottom",
    }


def _label(text: str, **place: Any) -> Figure:
    return {"text": text, "xref": "paper", "showarrow": False, "font": {"size": FONT_SIZE}, **place}


def _mark_line(mark: Mark) -> Figure:
    return {
        "type": "line",
        "x0": mark.step - 0.5,
        "x1": mark.step - 0.5,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"width": 1, "dash": "dot", "color": "#80848F"},
    }


def _mark_labels(marks: Sequence[Mark], bounds: Sequence[float]) -> list[Figure]:
    """Above the charts, on two levels in turn; the later half of the axis reads to the left."""
    middle = bounds[1] / 2
    return [
        {
            **_label(escaped(mark.label), x=mark.step - 0.5, y=1, yref="paper", yanchor="bottom"),
            "xref": "x",
            "xanchor": "left" if mark.step < middle else "right",
            "yshift": 14 if i % 2 else 26,
            "font": {"size": 11},
        }
        for i, mark in enumerate(marks)
    ]


def _line(line: Line, axis: str, borders: Sequence[float]) -> Figure:
    fine = FINE if line.domain else 1.0
    style = {
        "color": arm_colour(line.arm),
        "width": fine * ((1.6 if line.held_out else 2) + borders[line.arm]),
        "dash": "dash" if line.held_out else "solid",
    }
    return {
        "type": "scatter",
        "mode": "lines" if len(line.steps) > 1 else "markers",
        "name": escaped(line.name),
        "meta": {"domain": escaped(line.domain), "held_out": line.held_out},
        "x": line.steps,
        "y": line.values,
        "yaxis": axis,
        "line": style,
        "cliponaxis": False,
        "hovertemplate": "%{y:.4g}",
    }


def _ribbon(ribbon: Ribbon, axis: str) -> Figure:
    return {
        "type": "heatmap",
        "name": escaped(ribbon.name),
        "x0": ribbon.start,
        "dx": ribbon.stride,
        "z": 100 * ribbon.load,
        "yaxis": axis,
        "coloraxis": "coloraxis",
        "hovertemplate": "expert %{y}: %{z:.3g} %",
    }


def _rows(info: RunChartsInfo, domains: Sequence[tuple[float, float]]) -> list[Figure]:
    """For each row its place and the numbers of its traces."""
    counts = [len(info.cross_entropy), len(info.balance), *[1 for _ in info.ribbons]]
    firsts = np.cumsum([0, *counts[:-1]]).tolist()
    kinds = ["lines", "lines", *["ribbon" for _ in info.ribbons]]
    return [
        {"kind": kind, "top": domain[1], "bottom": domain[0], "first": first, "count": count}
        for kind, domain, first, count in zip(kinds, domains, firsts, counts, strict=True)
    ]
