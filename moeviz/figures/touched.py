"""Experts that a live model's decoding steps touch, and what the steps then read and take.

Beside even routing's everywhere. Knows nothing of how it was measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moeviz.accounting.decode import DecodeStep, Serving, decode_step
from moeviz.accounting.distinct import distinct_experts
from moeviz.figures.capacity import ACCENT, MUTED, axis, chart_layout, note
from moeviz.figures.decoding_speed import EVEN, bytes_number, time_number
from moeviz.figures.derivation import DerivedNumber
from moeviz.figures.scales import spread
from moeviz.figures.units import exact, seconds, size
from moeviz.traces import DistinctExperts

Figure = dict[str, Any]

HEIGHT = 290


@dataclass(frozen=True, slots=True)
class TouchedSteps:
    """One batch size.

    Attributes:
        counted: decoding steps that the mean is over. touched: experts of a layer, its mean.
        even, routed: the step at even routing, and with as many experts as were touched.
    """

    batch: int
    counted: int
    touched: float
    even: DecodeStep
    routed: DecodeStep


def touched_steps(found: DistinctExperts, serving: Serving) -> tuple[TouchedSteps, ...]:
    """At each batch size that was measured.

    Args:
        serving: the measured model itself, on the page's accelerators.
    """
    steps = []
    for column, size_ in enumerate(found.batch_sizes):
        batch, touched = int(size_), float(found.touched[:, column].mean())
        even, routed = decode_step(serving, batch), decode_step(serving, batch, touched)
        steps.append(TouchedSteps(batch, int(found.steps[column]), touched, even, routed))
    return tuple(steps)


def step_nearest(steps: Sequence[TouchedSteps], batch: int) -> TouchedSteps:
    """At this batch size, else at the nearest one that was measured."""
    return min(steps, key=lambda each: abs(each.batch - batch))


def touched_numbers(steps: TouchedSteps, serving: Serving) -> tuple[DerivedNumber, ...]:
    """Bytes and time of a step, at even routing and as the model routes."""
    measured = (
        "Distinct experts as measured on held-out text: the mean over layers, positions and "
        "batches. All else as at even routing."
    )
    return (
        bytes_number("Bytes, even routing", steps.even, EVEN),
        bytes_number("Bytes, as it routes", steps.routed, measured),
        time_number("Time, even routing", steps.even, serving.hardware),
        time_number("Time, as it routes", steps.routed, serving.hardware),
    )


def touched_words(found: DistinctExperts, steps: TouchedSteps) -> str:
    """The same in words, Markdown."""
    even = distinct_experts(found.n_experts, found.top_k, steps.batch)
    sequences = "1 sequence" if steps.batch == 1 else f"{exact(steps.batch)} sequences"
    return (
        f"At step {found.step:,}, N = {found.n_experts} and k = {found.top_k}: {sequences} at even "
        f"routing would touch {even:.2f} experts of a layer. The model, step by step through "
        f"held-out text, touches **{steps.touched:.2f}**, and reads "
        f"{size(steps.routed.total_bytes)} in place of {size(steps.even.total_bytes)}. "
        "Where routing is skewed a step reads less than the "
        "formula says, and the experts that it reads are the crowded ones."
    )


def touched_lines(found: DistinctExperts) -> Figure:
    """Distinct experts against the batch: of even routing, and of each layer of a live model."""
    layout = chart_layout(HEIGHT)
    layout["margin"] = {"l": 48, "r": 96, "t": 10, "b": 42}
    x = [int(batch) for batch in found.batch_sizes]
    layout["xaxis"] = axis(
        "sequences decoded together", type="log", range=[-0.05, math.log10(max(x[-1], 2))],
        tickvals=x, ticktext=[f"{each:,}" for each in x],
    )  # fmt: skip
    top = found.n_experts * 1.05
    layout["yaxis"] = axis("experts of a layer", range=[0, top])
    even = [distinct_experts(found.n_experts, found.top_k, batch) for batch in x]
    lines = {"even routing": even}
    lines |= {f"layer {i}": row.tolist() for i, row in enumerate(found.touched)}
    places = spread([values[-1] for values in lines.values()], found.n_experts * 0.09, 0, top)
    layout["annotations"] = [
        note(name, math.log10(x[-1]), place, xanchor="left", xshift=8)
        for name, place in zip(lines, places, strict=True)
    ]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": values,
            "name": f"{name},",
            "line": {
                "color": MUTED if name == "even routing" else ACCENT,
                "width": 2.5,
                "dash": "dot" if name == "even routing" else "solid",
            },
            "hovertemplate": f"B = %{{x:,}}: {name}, %{{y:.4s}}<extra></extra>",
            "cliponaxis": False,
        }
        for name, values in lines.items()
    ]
    return {"data": data, "layout": layout}


TOUCHED_HEADER = (
    "Sequences", "Even routing", "Mean of layers", "Steps counted", "Bytes, even routing",
    "Bytes, as it routes", "Time, even routing", "Time, as it routes",
)  # fmt: skip
TOUCHED_UNITS = (
    "", "experts of a layer", "experts of a layer", "", "of a step", "of a step", "seconds",
    "seconds",
)  # fmt: skip
"""Of the values in full, where a file has them without."""


def touched_rows(
    found: DistinctExperts, steps: Sequence[TouchedSteps]
) -> list[list[tuple[str, float]]]:
    """A line a batch size, each place as shown and as it is."""
    rows = []
    for each in steps:
        even = distinct_experts(found.n_experts, found.top_k, each.batch)
        rows.append(
            [
                (exact(each.batch), each.batch),
                (f"{even:.3f}", even),
                (f"{each.touched:.3f}", each.touched),
                (exact(each.counted), each.counted),
                *((size(s.total_bytes), s.total_bytes) for s in (each.even, each.routed)),
                *((seconds(s.seconds), s.seconds) for s in (each.even, each.routed)),
            ]
        )
    return rows
