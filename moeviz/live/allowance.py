"""How often something may be done. Knows nothing of what."""

from __future__ import annotations

from collections.abc import Callable


class Allowance:
    """A number at once, refilled at a rate."""

    def __init__(self, rate: float, most: float, clock: Callable[[], float]) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._left, self._at_s = most, clock()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at_s) * self._rate)
        self._at_s = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
