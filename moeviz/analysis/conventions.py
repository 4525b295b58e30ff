"""Load-balancing losses of libraries on one scale: which α of each equals the reference's 0.01.

Knows nothing of how values were measured or of how they are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moeviz.routing.balancers import BALANCERS, REFERENCE, Balancer
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS, CapacityConvention
from moeviz.traces import ConventionValues

REFERENCE_ALPHA = 0.01
"""Switch's."""

NO_GRADIENT = 1e-6
"""A gradient this small beside the reference's is rounding: no α makes up for it."""


@dataclass(frozen=True, slots=True)
class LossLine:
    """One loss on one batch.

    Attributes:
        value, at_even, at_collapse: before α.
        even_alpha: gives as large a loss as the reference's α at an even load; NaN where that is 0.
        gradient_alpha: gives a gradient of the same norm by the router logits on this batch; NaN
            where this loss has none.
        agreement: cosine between the two gradients: 1 where they differ by their norm alone.
    """

    balancer: Balancer
    value: float
    at_even: float
    at_collapse: float
    even_alpha: float
    gradient_alpha: float
    agreement: float


def loss_lines(values: ConventionValues) -> tuple[LossLine, ...]:
    """One line a loss, in the order of their registry."""
    reference = values.names.index(REFERENCE)
    norms, evens = values.gradient_norm.astype(float), values.even_values.astype(float)
    return tuple(
        LossLine(
            balancer=BALANCERS[name],
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
    return REFERENCE_ALPHA * reference / own if own > NO_GRADIENT * reference else math.nan


@dataclass(frozen=True, slots=True)
class AlphaRange:
    """The lowest and the highest equal α. `times`: the one divided by the other."""

    lowest: LossLine
    highest: LossLine
    times: float


def alpha_range(lines: Sequence[LossLine]) -> AlphaRange | None:
    """Of the losses that have a gradient; None where none has, as at an even load."""
    compared = [line for line in lines if math.isfinite(line.gradient_alpha)]
    if not compared:
        return None
    lowest = min(compared, key=lambda line: line.gradient_alpha)
    highest = max(compared, key=lambda line: line.gradient_alpha)
    return AlphaRange(lowest, highest, highest.gradient_alpha / lowest.gradient_alpha)


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """One library's capacity for a batch.

    Attributes:
        slots: C, as the library computes it; not whole only in Switch's paper.
        per_assignment: slots for each of the T·K assignments: the factor of a library that counts
            k.
        dropped: share of this batch's assignments that would find no slot, mean over layers.
    """

    convention: CapacityConvention
    slots: float
    per_assignment: float
    dropped: float


def capacity_lines(values: ConventionValues, factor: float) -> tuple[CapacityLine, ...]:
    """One line per library: the same factor, another capacity."""
    n_layers, n_experts = values.counts.shape
    assignments = values.n_tokens * values.top_k
    lines = []
    for convention in CAPACITY_CONVENTIONS.values():
        slots = convention.slots(values.n_tokens, n_experts, values.top_k, factor)
        over = np.maximum(0, values.counts - math.floor(slots)).sum()
        dropped = float(over) / (n_layers * assignments)
        lines.append(CapacityLine(convention, slots, slots * n_experts / assignments, dropped))
    return tuple(lines)
