"""Refuses impossible numbers in words: the field, the value and the bound.

Knows nothing of what the numbers are for.
"""

from __future__ import annotations

import math
from fractions import Fraction

from moeviz.config import ConfigError


def whole(field: str, value: int, low: int = 1, high: int | None = None) -> int:
    """The value, if it is a whole number from `low` to `high`; raises ConfigError."""
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= low
    if not fits or (high is not None and value > high):
        bound = f"of at least {low:,}" if high is None else f"from {low:,} to {high:,}"
        raise ConfigError(field, value, f"a whole number {bound}")
    return value


def positive(field: str, value: float | Fraction) -> float | Fraction:
    """The value, if it is a finite number above 0; raises ConfigError."""
    right = isinstance(value, int | float | Fraction) and not isinstance(value, bool)
    if not right or not math.isfinite(value) or value <= 0:
        raise ConfigError(field, value, "a finite number above 0")
    return value
