"""Time per decode step against the batch size: the two lines of the roofline."""

from __future__ import annotations

import math

from moeviz.accounting.units import seconds
from moeviz.analysis.cost.decoding_speed import SpeedInfo
from moeviz.figures.theme.layout import MUTED, SMALL, Figure, here, note, power_axis, upright
from moeviz.figures.theme.palette import COMPONENT_COLOURS
from moeviz.figures.theme.stops import batch_line, batch_picture


def step_time_lines(info: SpeedInfo) -> Figure:
    """Memory time, compute time, and the larger of the two at the page's batch size."""
    batches = [step.batch for step in info.steps]
    memory = [step.memory_seconds for step in info.steps]
    compute = [step.compute_seconds for step in info.steps]
    layout = batch_picture(batches)
    layout["yaxis"] = power_axis("time per decode step, at least", [*memory, *compute], seconds)
    named = len(batches) // 2
    x = math.log10(batches[named])
    layout["annotations"] = [
        note("memory time", x, math.log10(memory[named]), yshift=14),
        note("compute time", x, math.log10(compute[named]), yshift=-14, xanchor="left"),
    ]
    if info.turning is not None and info.turning <= batches[-1]:
        layout["annotations"].append(
            note(f"compute-bound from B = {info.turning:,}", math.log10(info.turning), 0.02,
                 yref="paper", xanchor="right", yanchor="bottom",
                 font={"size": SMALL, "color": MUTED})
        )  # fmt: skip
        layout["shapes"] = [upright(info.turning, MUTED)]
    now = info.step
    data = [
        batch_line(batches, memory, "memory time", COMPONENT_COLOURS["attention"]),
        batch_line(batches, compute, "compute time", COMPONENT_COLOURS["routed_experts"]),
        here([now.batch], [now.seconds], f"B = {now.batch:,}: at least {seconds(now.seconds)}"),
    ]
    return {"data": data, "layout": layout}
