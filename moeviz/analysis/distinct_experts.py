"""Experts that a live model's decoding steps touch, and what the steps then read and take.

Beside even routing's everywhere. Knows nothing of how it was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moeviz.accounting.decode import DecodeStep, Serving, decode_step
from moeviz.accounting.distinct import distinct_experts
from moeviz.accounting.units import exact, seconds, size
from moeviz.analysis.cost.decoding_speed import EVEN, bytes_number, time_number
from moeviz.analysis.cost.derived_numbers import DerivedNumber
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.traces import DistinctExperts


@dataclass(frozen=True, slots=True)
class TouchedSteps:
    """One batch size.

    Attributes:
        counted: decoding steps that the mean is over.
        even_experts: distinct ones of a layer at even routing. touched: in the model, its mean.
        even, routed: the step at even routing, and with as many experts as were touched.
    """

    batch: int
    counted: int
    even_experts: float
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
        steps.append(
            TouchedSteps(
                batch,
                int(found.steps[column]),
                distinct_experts(found.n_experts, found.top_k, batch),
                touched,
                decode_step(serving, batch),
                decode_step(serving, batch, touched),
            )
        )
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


_HEADER = (
    "Sequences", "Even routing", "Mean of layers", "Steps counted", "Bytes, even routing",
    "Bytes, as it routes", "Time, even routing", "Time, as it routes",
)  # fmt: skip
_UNITS = (
    "", "experts of a layer", "experts of a layer", "", "of a step", "of a step", "seconds",
    "seconds",
)  # fmt: skip


def touched_table(steps: Sequence[TouchedSteps]) -> Table:
    """A line a batch size."""
    rows = [
        [
            Cell(exact(each.batch), each.batch),
            Cell(f"{each.even_experts:.3f}", each.even_experts),
            Cell(f"{each.touched:.3f}", each.touched),
            Cell(exact(each.counted), each.counted),
            *(Cell(size(s.total_bytes), s.total_bytes) for s in (each.even, each.routed)),
            *(Cell(seconds(s.seconds), s.seconds) for s in (each.even, each.routed)),
        ]
        for each in steps
    ]
    return Table(_HEADER, _UNITS, rows)
