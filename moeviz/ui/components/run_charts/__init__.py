"""Live Plotly charts: sends a figure as compact JSON. Knows the figure's form, not its content."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from moeviz.ui import assets

_mount = assets.component("run_charts", isolate_styles=False)


def run_charts(figure: dict[str, Any], *, key: str) -> None:
    """Draw the figure of `moeviz.figures.run_charts`; zoom and hover survive every update."""
    _mount(key=key, data={"figure": compact(figure), "plotly": assets.plotly_file()})


def compact(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure as plain JSON of few bytes: five significant digits, ribbons as a byte a value."""
    return {**figure, "data": [_compact_trace(trace) for trace in figure["data"]]}


def _compact_trace(trace: dict[str, Any]) -> dict[str, Any]:
    if trace["type"] == "heatmap":
        return {**trace, "z": _as_bytes(trace["z"])}
    return {**trace, "x": _as_numbers(trace["x"]), "y": _as_numbers(trace["y"])}


def _as_bytes(percent: np.ndarray[Any, Any]) -> dict[str, Any]:
    """255 · √share: fine where loads are small, where the eye and the colour scale are fine too."""
    codes = np.rint(255 * np.sqrt(np.nan_to_num(percent) / 100)).astype(np.uint8)
    return {"bytes": base64.b64encode(codes.tobytes()).decode(), "columns": percent.shape[1]}


def _as_numbers(values: np.ndarray[Any, Any]) -> list[float | None]:
    return [float(f"{value:.5g}") if value == value else None for value in values.tolist()]
