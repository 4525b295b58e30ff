"""Pictures of capacity: seats of each expert, curves over the factor, who is dropped, who depends.

Plain Plotly JSON. Ink and grid are tones of the page that draws it: the component fills them in.
Decides no number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from moeviz.analysis.capacity import CurvePoint, slots_by_expert
from moeviz.figures.palette import ARM_COLOURS, expert_colours
from moeviz.figures.scales import nice_ceiling
from moeviz.traces import BatchDependence, LayerSeats

Figure = dict[str, Any]

INK, MUTED, FAINT, ACCENT, PAPER = (
    f"tone:{name}" for name in ("ink", "muted", "faint", "accent", "paper")
)
"""Named instead of a colour."""

DROPPED_COLOUR, PADDING_COLOUR = ARM_COLOURS[1], ARM_COLOURS[2]
_CHANNELS = ",".join(str(channel) for channel in bytes.fromhex(DROPPED_COLOUR[1:]))
DROPPED_SCALE = [[0, f"rgba({_CHANNELS},0)"], [1, f"rgba({_CHANNELS},0.6)"]]
"""From nothing to the colour of what is dropped, thin enough for ink on both pages."""

SLOTS_HEIGHT, CURVES_HEIGHT, DEPENDENCE_HEIGHT = 250, 330, 220
GRID_ROW, GRID_FRAME = 26, 40
LEVEL_LETTERS, LEVEL_ROOM, SLANTED_ROOM = 6, 34, 58
"""Longer names of columns are written aslant, which takes more room below."""
LEAST_CHANGE = 1e-8
"""Where the logarithmic axis of changes ends; a change of 0 is drawn there."""


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


def note(text: str, x: float, y: float, **more: Any) -> Figure:
    """Words in the picture."""
    return {
        "text": text, "x": x, "y": y, "showarrow": False, "font": {"size": 12}, **more,
    }  # fmt: skip


def plate(text: str, x: float, y: float, **more: Any) -> Figure:
    """Words that stand over lines or bars, on the page's own ground."""
    return note(text, x, y, bgcolor=PAPER, **more)


def expert_slots_bars(layer: LayerSeats) -> Figure:
    """Each expert's seats: filled in its colour, empty ones as an outline, turned away above it."""
    filled, empty, away = slots_by_expert(layer)
    n_experts = len(filled)
    experts, colours = list(range(n_experts)), list(expert_colours(n_experts))
    top = nice_top(max(f + e + a for f, e, a in zip(filled, empty, away, strict=True)))
    data = [
        _bars("filled", experts, filled, {"color": colours, "line": {"width": 0}}),
        _bars(
            "padding", experts, empty,
            {"color": "rgba(0,0,0,0)", "line": {"width": 1, "color": MUTED}},
        ),
        _bars(
            "turned away", experts, away,
            {
                "color": colours, "opacity": 0.45, "line": {"width": 0},
                "pattern": {"shape": "/", "fgcolor": PAPER, "size": 5, "solidity": 0.45},
            },
        ),
    ]  # fmt: skip
    every = 1 if n_experts <= 16 else 4
    layout = chart_layout(SLOTS_HEIGHT, barmode="stack", bargap=0.18)
    layout["xaxis"] = axis("expert", tickvals=experts[::every], showgrid=False)
    layout["yaxis"] = axis("slots", range=[0, top])
    if layer.expert_capacity is not None:
        layout["shapes"] = [_level(layer.expert_capacity, INK)]
        layout["annotations"] = [
            plate(f"capacity {layer.expert_capacity}", 1, layer.expert_capacity, xref="paper",
                  xanchor="right", yanchor="bottom"),
        ]  # fmt: skip
    return {"data": data, "layout": layout}


def nice_top(value: float) -> float:
    """A round end of an axis a little above the largest value."""
    step = nice_ceiling(max(value, 1) / 4)
    return math.ceil(value * 1.08 / step) * step


def _bars(name: str, x: list[int], y: list[int], marker: Figure) -> Figure:
    return {
        "type": "bar", "name": name, "x": x, "y": y, "marker": marker,
        "hovertemplate": f"expert %{{x}}: %{{y}} {name}<extra></extra>",
    }  # fmt: skip


def _level(y: float, colour: str) -> Figure:
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
        "line": {"color": colour, "width": 1.5},
    }  # fmt: skip


def capacity_curves(curve: Sequence[CurvePoint], chosen: float | None) -> Figure:
    """Above: what is dropped and what is padded. Below: the cost in nats with its 95 % interval."""
    factors = [point.capacity_factor for point in curve]
    layout = chart_layout(CURVES_HEIGHT)
    layout["margin"] = {**layout["margin"], "r": 74}
    ends = [0.0, max(factors, default=4.0) * 1.03]
    layout["xaxis"] = axis("capacity factor", range=ends, anchor="y2")
    layout["yaxis"] = axis("", domain=[0.56, 1], range=[0, 100], ticksuffix=" %", nticks=5)
    layout["yaxis2"] = axis("", domain=[0, 0.42], rangemode="tozero", nticks=4)
    layout["annotations"] = [
        note("Part of the slots", 0, 1, xref="paper", yref="paper", xanchor="left",
             yanchor="bottom"),
        plate("Cross-entropy above dropless, nats per token", 0, 0.42, xref="paper", yref="paper",
             xanchor="left", yanchor="bottom"),
        *_curve_names(curve),
    ]  # fmt: skip
    layout["shapes"] = [_chosen_factor(chosen)] if chosen else []
    cost = _line("cost", factors, [p.cost for p in curve], INK, "y2", "%{y:.4f} nats")
    cost["error_y"] = {
        "array": [None if math.isnan(p.half_width) else p.half_width for p in curve],
        "color": INK, "thickness": 1.2, "width": 3,
    }  # fmt: skip
    dropped, padding = ([100 * v for v in values] for values in _fractions(curve))
    data = [
        _line("dropped", factors, dropped, DROPPED_COLOUR, "y", "%{y:.1f} % of what is asked"),
        _line("padding", factors, padding, PADDING_COLOUR, "y", "%{y:.1f} % of what is computed"),
        cost,
    ]
    return {"data": data, "layout": layout}


def _fractions(curve: Sequence[CurvePoint]) -> tuple[list[float], list[float]]:
    return [p.dropped for p in curve], [p.padding for p in curve]


def _line(name: str, x: list[float], y: list[float], colour: str, yaxis: str, said: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines+markers", "name": name, "x": x, "y": y, "yaxis": yaxis,
        "line": {"color": colour, "width": 2}, "marker": {"size": 6, "color": colour},
        "cliponaxis": False, "hovertemplate": f"factor %{{x:g}}: {name} {said}<extra></extra>",
    }  # fmt: skip


def _curve_names(curve: Sequence[CurvePoint]) -> list[Figure]:
    """Each line is named where it ends; they end far apart, at nothing dropped and much padded."""
    if not curve:
        return []
    last = curve[-1]
    ends = [("padding", 100 * last.padding, PADDING_COLOUR)]
    ends.append(("dropped", 100 * last.dropped, DROPPED_COLOUR))
    return [
        note(name, last.capacity_factor, y, xanchor="left", xshift=8,
             font={"size": 12, "color": colour})
        for name, y, colour in ends
    ]  # fmt: skip


def _chosen_factor(factor: float) -> Figure:
    return {
        "type": "line", "x0": factor, "x1": factor, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": ACCENT, "width": 1.5, "dash": "dot"},
    }  # fmt: skip


def drop_rate_grid(
    rates: Mapping[str, Sequence[float]], columns: Sequence[str], title: str, highest: float
) -> Figure:
    """A row for each policy, a column for each part of the batch; rates as colour and number.

    Args:
        highest: the rate whose colour is the strongest: the same for pictures that are compared.
    """
    rows = list(rates)
    z = [[100 * value for value in rates[row]] for row in rows]
    slanted = any(len(name) > LEVEL_LETTERS for name in columns)
    below = SLANTED_ROOM if slanted else LEVEL_ROOM
    layout = chart_layout(GRID_ROW * max(1, len(rows)) + GRID_FRAME + below)
    layout["margin"] = {"l": 8, "r": 8, "t": 24, "b": below}
    layout["xaxis"] = axis("", tickvals=list(range(len(columns))), ticktext=list(columns),
                           showgrid=False, tickangle=-35 if slanted else 0)  # fmt: skip
    layout["yaxis"] = axis("", tickvals=list(range(len(rows))), ticktext=rows, showgrid=False,
                           autorange="reversed", automargin=True)  # fmt: skip
    layout["annotations"] = [
        note(title, 0, 1, xref="paper", yref="paper", xanchor="left", yanchor="bottom")
    ]
    layout["coloraxis"] = {
        "cmin": 0, "cmax": max(100 * highest, 1.0), "colorscale": DROPPED_SCALE,
        "showscale": False,
    }  # fmt: skip
    data: list[Figure] = []
    if rows:
        data.append({
            "type": "heatmap", "z": z, "coloraxis": "coloraxis", "xgap": 2, "ygap": 2,
            "texttemplate": "%{z:.0f}", "textfont": {"size": 11, "color": INK},
            "hovertemplate": "%{z:.1f} % of the slots dropped<extra></extra>",
        })  # fmt: skip
    return {"data": data, "layout": layout}


def dependence_lines(
    chosen: BatchDependence | None, dropless: BatchDependence | None, name: str
) -> Figure:
    """By position: how far the sequence's logits move when the rest of the batch is another."""
    length = max((len(each.alone_change) for each in (chosen, dropless) if each), default=0)
    layout = chart_layout(DEPENDENCE_HEIGHT)
    layout["margin"] = {**layout["margin"], "l": 56}
    layout["xaxis"] = axis("position in the sequence", range=[-0.5, max(length, 1) - 0.5])
    layout["yaxis"] = axis(
        "", type="log", range=[math.log10(LEAST_CHANGE), 1.2], dtick=2, exponentformat="power"
    )
    layout["annotations"] = [
        note("Largest change of a logit", 0, 1, xref="paper", yref="paper", xanchor="left",
             yanchor="bottom")
    ]  # fmt: skip
    data = []
    if dropless:
        data += _changes(dropless, "dropless", MUTED)
    if chosen:
        data += _changes(chosen, name, DROPPED_COLOUR)
        layout["shapes"] = [
            {**_chosen_factor(chosen.changed_from - 0.5), "line": {"color": MUTED, "dash": "dot",
                                                                   "width": 1}}
        ]  # fmt: skip
        layout["annotations"].append(
            note("replaced from here", chosen.changed_from - 0.5, 1, yref="paper", xanchor="left",
                 yanchor="bottom", font={"size": 11})
        )  # fmt: skip
    return {"data": data, "layout": layout}


def _changes(answer: BatchDependence, name: str, colour: str) -> list[Figure]:
    positions = np.arange(len(answer.alone_change)).tolist()
    kinds = {
        "alone": (answer.alone_change, "circle"),
        "second half replaced": (answer.later_change, "x-thin"),
    }
    return [
        {
            "type": "scatter", "mode": "markers", "name": f"{name}, {kind}", "x": positions,
            "y": np.maximum(values.astype(float), LEAST_CHANGE).tolist(),
            "customdata": values.tolist(),
            "marker": {"symbol": symbol, "size": 6, "color": colour,
                       "line": {"width": 1.4, "color": colour}},
            "hovertemplate": f"{name}, {kind}: %{{customdata:.3g}} at position %{{x}}"
                             "<extra></extra>",
        }
        for kind, (values, symbol) in kinds.items()
    ]  # fmt: skip
