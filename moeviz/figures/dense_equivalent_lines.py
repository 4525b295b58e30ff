"""The dense model of the same decoding speed, against the batch size."""

from __future__ import annotations

import math

from moeviz.accounting.units import count
from moeviz.analysis.cost.decoding_speed import SpeedInfo
from moeviz.figures.theme.layout import ACCENT, MUTED, SMALL, Figure, here, level, note, power_axis
from moeviz.figures.theme.stops import batch_line, batch_picture


def dense_equivalent_lines(info: SpeedInfo) -> Figure:
    """The dense model of the same speed, between active and total parameters."""
    batches = [step.batch for step in info.steps]
    levels = (info.active, info.total)
    layout = batch_picture(batches)
    layout["yaxis"] = power_axis(
        "dense model of the same speed", [*info.like_dense, *levels], count
    )
    layout["shapes"] = [level(each, {"color": MUTED, "width": 1, "dash": "dot"}) for each in levels]
    layout["annotations"] = [
        note(f"{words} {count(each)}", x, math.log10(each), xref="paper", xanchor="right",
             yanchor="bottom", font={"size": SMALL, "color": MUTED})
        for words, each, x in zip(
            ("active (no input embedding)", "total"), levels, (0.72, 1), strict=True
        )
    ]  # fmt: skip
    now, dense = info.step.batch, info.step_like_dense
    data = [
        batch_line(batches, info.like_dense, "same speed as a dense model of", ACCENT),
        here([now], [dense], f"B = {now:,}: {count(dense)}"),
    ]
    return {"data": data, "layout": layout}
