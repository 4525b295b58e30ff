"""Balance losses of several libraries on one scale: which α of each equals 0.01 of the reference.

Knows nothing of how values were measured or of how they are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS, CapacityConvention
from moeviz.routing.conventions import LOSS_CONVENTIONS, REFERENCE, LossConvention
from moeviz.traces import ConventionValues

REFERENCE_ALPHA = 0.01
"""Switch's."""

NO_PUSH = 1e-6
"""A gradient this small beside the reference's is rounding: no α makes up for it."""


@dataclass(frozen=True, slots=True)
class LossLine:
    """One convention on one batch.

    Attributes:
        value, at_even, at_collapse: before α.
        even_alpha: gives as large a loss as the reference's α at an even load; NaN where that is 0.
        gradient_alpha: gives as long a gradient by the router logits on this batch; NaN where this
            convention pushes nothing.
        agreement: cosine between the two gradients: 1 where they differ by their length alone.
    """

    convention: LossConvention
    value: float
    at_even: float
    at_collapse: float
    even_alpha: float
    gradient_alpha: float
    agreement: float


def loss_lines(values: ConventionValues) -> tuple[LossLine, ...]:
    """One line a convention, in the order of their table."""
    reference = values.names.index(REFERENCE)
    norms, evens = values.gradient_norm.astype(float), values.even_values.astype(float)
    return tuple(
        LossLine(
            convention=LOSS_CONVENTIONS[name],
            value=float(values.values[i]),
            at_even=float(evens[i]),
            at_collapse=float(values.collapsed_values[i]),
            even_alpha=_equal_alpha(evens[reference], evens[i]),
            gradient_alpha=_equal_alpha(norms[reference], norms[i]),
            agreement=float(values.agreement[i]),
        )
        for i, name in enumerate(values.names)
    )


def _equal_alpha(reference: float, own: float) -> float:
    return REFERENCE_ALPHA * reference / own if own > NO_PUSH * reference else math.nan


@dataclass(frozen=True, slots=True)
class AlphaRange:
    """The two conventions whose equal α are furthest apart. `times`: how far."""

    lowest: LossLine
    highest: LossLine
    times: float


def alpha_range(lines: Sequence[LossLine]) -> AlphaRange | None:
    """Of the conventions that push at all; None where none does, as at a perfectly even load."""
    pushing = [line for line in lines if math.isfinite(line.gradient_alpha)]
    if not pushing:
        return None
    lowest = min(pushing, key=lambda line: line.gradient_alpha)
    highest = max(pushing, key=lambda line: line.gradient_alpha)
    return AlphaRange(lowest, highest, highest.gradient_alpha / lowest.gradient_alpha)


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """One library's capacity for a batch.

    Attributes:
        slots: C, as the library computes it; not whole only in Switch's paper.
        per_choice: seats for each of the T·K choices: the factor of a library that counts k.
        dropped: part of this batch's slots that would find no room, mean over layers.
    """

    convention: CapacityConvention
    slots: float
    per_choice: float
    dropped: float


def capacity_lines(values: ConventionValues, factor: float) -> tuple[CapacityLine, ...]:
    """One line a library: the same factor, other seats."""
    n_layers, n_experts = values.counts.shape
    asked = values.n_tokens * values.top_k
    lines = []
    for convention in CAPACITY_CONVENTIONS.values():
        slots = convention.slots(values.n_tokens, n_experts, values.top_k, factor)
        over = np.maximum(0, values.counts - math.floor(slots)).sum()
        lines.append(
            CapacityLine(
                convention, slots, slots * n_experts / asked, float(over) / (n_layers * asked)
            )
        )
    return tuple(lines)
