"""A light line chart over training steps, quick to paint. Knows no run: it is given series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from moeviz.figures.theme.palette import ARM_COLOURS, line_borders
from moeviz.ui.components import assets

_mount = assets.component("loss_lines")


def loss_lines(
    series: Sequence[Mapping[str, Any]],
    *,
    key: str,
    y_label: str,
    marks: Sequence[Mapping[str, Any]] = (),
    height: int = 220,
    placeholder: str = "No step yet",
) -> None:
    """Draw lines that are named at their ends and read off with a crosshair.

    Args:
        series: `{name, x, y, colour_index, dash}`: steps and values (NaN and None leave a gap);
            the index counts the arms' colours, dash is "solid" or "dash".
        y_label: the quantity in words, with its unit.
        marks: `{step, label}`: thin vertical lines.
        height: of the plot, in pixels.
        placeholder: what the empty axes say.
    """
    _mount(
        key=key,
        data={
            "series": [_plain(each) for each in series],
            "colours": ARM_COLOURS,
            "y_label": y_label,
            "borders": line_borders(len(series)),
            "marks": [{"step": int(each["step"]), "label": each["label"]} for each in marks],
            "height": height,
            "placeholder": placeholder,
        },
    )


def _plain(series: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": series["name"],
        "x": [round(float(step), 1) for step in series["x"]],
        "y": [_rounded(value) for value in series["y"]],
        "colour_index": series.get("colour_index", 0),
        "dash": series.get("dash", "solid"),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 4)
