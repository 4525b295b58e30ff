"""Thousands of steps in a few hundred points that stay where they are while more steps arrive.

Steps are averaged in blocks whose length is a power of two and whose borders are multiples of it,
counted from step 1. A full block never changes; when blocks get too many, pairs of them merge.
Knows arrays only, not what they measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """A partition of recorded steps.

    Attributes:
        stride: steps in a full block.
        starts: index of the first record of each block.
        numbers: which block it is; block b holds the steps b·stride + 1 … (b + 1)·stride.
    """

    stride: int
    starts: NDArray[np.intp]
    numbers: NDArray[np.int64]

    @property
    def centres(self) -> Array:
        """The step in the middle of each full block, where its mean is drawn."""
        return self.numbers.astype(np.float64) * self.stride + (self.stride + 1) / 2

    def mean(self, values: NDArray[Any]) -> Array:
        """The mean of each block along the first axis, NaN left out; NaN where nothing is left."""
        if len(self.starts) == 0:
            return np.empty((0, *values.shape[1:]))
        if np.isfinite(values.sum()):  # the usual case, and several times as quick
            sums: Array = np.add.reduceat(values, self.starts, axis=0, dtype=np.float64)
            sizes = np.diff(self.starts, append=len(values))
            means: Array = sums / sizes.reshape(-1, *[1] * (values.ndim - 1))
            return means
        present = np.isfinite(values)
        kept = np.where(present, values, 0.0).astype(np.float64)
        totals = np.add.reduceat(kept, self.starts, axis=0)
        counts = np.add.reduceat(present, self.starts, axis=0, dtype=np.int64)
        out: Array = np.full(totals.shape, np.nan)
        np.divide(totals, counts, out=out, where=counts > 0)
        return out


def blocks(steps: NDArray[np.int64], max_points: int) -> Blocks:
    """Partition ascending steps (from 1) into at most `max_points` blocks."""
    if len(steps) == 0:
        return partition(steps, 1)
    return partition(steps, stride_of(int(steps[-1]), max_points, first_step=int(steps[0])))


def stride_of(last_step: int, max_points: int, first_step: int = 1) -> int:
    """The smallest power of two whose blocks hold these steps in at most `max_points`."""
    stride = 1
    while (last_step - 1) // stride - (first_step - 1) // stride + 1 > max_points:
        stride *= 2
    return stride


def partition(steps: NDArray[np.int64], stride: int) -> Blocks:
    """Ascending steps (from 1) in blocks of this stride; blocks without a step are left out."""
    numbers = (steps - 1) // stride
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return Blocks(stride, starts, numbers[starts])
