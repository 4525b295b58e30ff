"""Live Plotly charts: sends a figure as compact JSON. Knows the figure's form, not its content."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.ui.components import assets

Array = NDArray[np.float64]

DIGITS = 5

_mount = assets.component("run_charts", isolate_styles=False)


def run_charts(figure: dict[str, Any], *, key: str) -> None:
    """Draw the figure of `moeviz.figures.run_charts`; zoom and hover survive every update."""
    _mount(key=key, data={"figure": compact(figure), "plotly": assets.plotly_file()})


def compact(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure as plain JSON of few bytes: few digits, ribbons as one byte a value."""
    return {**figure, "data": [_compact_trace(trace) for trace in figure["data"]]}


def _compact_trace(trace: dict[str, Any]) -> dict[str, Any]:
    if trace["type"] == "heatmap":
        return {**trace, "z": _as_bytes(trace["z"])}
    return {**trace, "x": _as_steps(trace["x"]), "y": _as_numbers(trace["y"])}


def _as_bytes(percent: Array) -> dict[str, Any]:
    """255 · √share: fine where loads are small, where the eye and the colour scale are fine too."""
    codes = np.rint(255 * np.sqrt(np.nan_to_num(percent) / 100)).astype(np.uint8)
    return {"bytes": base64.b64encode(codes.tobytes()).decode(), "columns": percent.shape[1]}


def _as_steps(steps: Array) -> dict[str, float] | list[float]:
    """Evenly spaced steps, the usual case, as three numbers."""
    if len(steps) < 2 or np.ptp(np.diff(steps)) > 0:
        return [float(step) for step in steps]
    return {"first": float(steps[0]), "last": float(steps[-1]), "count": len(steps)}


def _as_numbers(values: Array) -> list[float | None]:
    """Rounded to `DIGITS` significant digits; None where there is no value."""
    sizes = np.abs(np.where(np.isfinite(values) & (values != 0), values, 1.0))
    scales = 10.0 ** (DIGITS - 1 - np.floor(np.log10(sizes)))
    rounded = np.rint(values * scales) / scales
    return [value if value == value else None for value in rounded.tolist()]
