"""Pictures of decoding against the batch: the two lines of the roof, the dense model as slow.

Plain Plotly JSON in the page's own tones. Decides no number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from moeviz.figures.capacity import ACCENT, INK, MUTED, axis, chart_layout, note
from moeviz.figures.component_bars import COMPONENT_COLOURS
from moeviz.figures.decoding_speed import SpeedInfo
from moeviz.figures.units import count, seconds

Figure = dict[str, Any]

STEP_HEIGHT = 320


def step_lines(info: SpeedInfo) -> Figure:
    """Time of a step against the batch: bytes, operations, and the larger of the two."""
    batches = [step.batch for step in info.steps]
    layout = chart_layout(STEP_HEIGHT)
    layout["margin"] = {"l": 62, "r": 16, "t": 10, "b": 42}
    layout["xaxis"] = _batch_axis(batches[-1])
    values = [t for s in info.steps for t in (s.memory_seconds, s.compute_seconds)]
    layout["yaxis"] = _log_axis("time of a step", values, seconds)
    memory = [step.memory_seconds for step in info.steps]
    compute = [step.compute_seconds for step in info.steps]
    named = len(batches) // 2
    layout["annotations"] = [
        note("reading bytes", math.log10(batches[named]), math.log10(memory[named]), yshift=14),
        note(
            "computing",
            math.log10(batches[named]),
            math.log10(compute[named]),
            yshift=-14,
            xanchor="left",
        ),
    ]
    if info.turning is not None and info.turning <= batches[-1]:
        layout["annotations"].append(
            note(f"computing bounds from B = {info.turning:,}", math.log10(info.turning), 0.02,
                 yref="paper", xanchor="right", yanchor="bottom", font={"size": 11, "color": MUTED})
        )  # fmt: skip
        layout["shapes"] = [_upright(info.turning)]
    now = info.step
    data = [
        _line(batches, memory, COMPONENT_COLOURS["attention"], "reading"),
        _line(batches, compute, COMPONENT_COLOURS["routed_experts"], "computing"),
        {
            "type": "scatter", "mode": "markers", "x": [now.batch], "y": [now.seconds],
            "marker": {"size": 12, "color": INK, "symbol": "diamond"},
            "hovertemplate": f"B = {now.batch:,}: {seconds(now.seconds)}<extra></extra>",
        },
    ]  # fmt: skip
    return {"data": data, "layout": layout}


def dense_lines(info: SpeedInfo) -> Figure:
    """The dense model that takes as long, against the batch, between active and total."""
    batches = [step.batch for step in info.steps]
    layout = chart_layout(STEP_HEIGHT)
    layout["margin"] = {"l": 62, "r": 16, "t": 10, "b": 42}
    layout["xaxis"] = _batch_axis(batches[-1])
    levels = (info.active, info.total)
    layout["yaxis"] = _log_axis("as slow as a dense model of", [*info.like_dense, *levels], count)
    layout["shapes"] = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level,
         "line": {"color": MUTED, "width": 1, "dash": "dot"}}
        for level in levels
    ]  # fmt: skip
    layout["annotations"] = [
        note(f"{words} {count(level)}", x, math.log10(level), xref="paper", xanchor="right",
             yanchor="bottom", font={"size": 11, "color": MUTED})
        for words, level, x in zip(
            ("multiplied by a token", "stored"), levels, (0.62, 1), strict=True
        )
    ]  # fmt: skip
    data = [
        _line(batches, list(info.like_dense), ACCENT, "as a dense model of"),
        {
            "type": "scatter", "mode": "markers", "x": [info.step.batch],
            "y": [info.step_like_dense],
            "marker": {"size": 12, "color": INK, "symbol": "diamond"},
            "hovertemplate": f"B = {info.step.batch:,}: {count(info.step_like_dense)}"
            "<extra></extra>",
        },
    ]  # fmt: skip
    return {"data": data, "layout": layout}


def _batch_axis(most: int) -> Figure:
    ticks = [4**power for power in range(9) if 4**power <= most]
    return axis(
        "batch B, sequences decoded together", type="log",
        range=[-0.12, math.log10(most) + 0.12], tickvals=ticks,
        ticktext=[f"{each:,}" for each in ticks],
    )  # fmt: skip


def _log_axis(title: str, values: Sequence[float], written: Callable[[float], str]) -> Figure:
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    powers = [10.0**power for power in range(low, high + 1)]
    return axis(
        title, type="log", range=[low, high], tickvals=powers,
        ticktext=[written(each) for each in powers],
    )  # fmt: skip


def _line(x: Sequence[float], y: Sequence[float], colour: str, name: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name,
        "line": {"color": colour, "width": 2.5},
        "hovertemplate": f"B = %{{x:,}}: {name} %{{y:.4s}}<extra></extra>",
    }  # fmt: skip


def _upright(x: float) -> Figure:
    return {
        "type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": MUTED, "width": 1, "dash": "dot"},
    }  # fmt: skip
