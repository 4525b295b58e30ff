"""Distinct experts of the decode steps of a measured model; bytes and time of these steps.

Always beside even routing. Knows nothing of how they were measured.
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
from moeviz.texts import strings
from moeviz.traces import DistinctExperts

_WORDS = strings(__file__)


@dataclass(frozen=True, slots=True)
class TouchedSteps:
    """One batch size.

    Attributes:
        counted: decode steps that the mean is over.
        even_experts: distinct experts of a layer with even routing. touched: in the model, the mean
            over layers.
        even, routed: the step with even routing, and with the experts that the model touched.
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
    """Bytes and time of a step, with even routing and with the model's."""
    labels, measured = _WORDS["labels"], _WORDS["measured"]
    return (
        bytes_number(labels["even_bytes"], steps.even, EVEN),
        bytes_number(labels["measured_bytes"], steps.routed, measured),
        time_number(labels["even_time"], steps.even, serving.hardware),
        time_number(labels["measured_time"], steps.routed, serving.hardware),
    )


def touched_table(steps: Sequence[TouchedSteps]) -> Table:
    """A row per batch size."""
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
    return Table(_WORDS["table"]["header"], _WORDS["table"]["units"], rows)
