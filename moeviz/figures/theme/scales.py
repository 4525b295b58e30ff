"""Where axes end and where labels go. Knows numbers only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that is at least `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= value * (1 - 1e-9))


def nice_top(value: float) -> float:
    """A round end of an axis a little above the largest value."""
    step = nice_ceiling(max(value, 1) / 4)
    return math.ceil(value * 1.08 / step) * step


def round_bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """Round bounds around all finite values: they change rarely, so the picture stays still."""
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    step = nice_ceiling(max(high - low, abs(high) * 0.02, 1e-6) / 4)
    return math.floor(low / step) * step, math.ceil(high / step + 1e-9) * step


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, in their order, at least `gap` apart; inside while they fit."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    floor = low
    for i in order:
        placed[i] = max(placed[i], floor)
        floor = placed[i] + gap
    ceiling = high
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed
