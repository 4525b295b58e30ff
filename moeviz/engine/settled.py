"""How changes of knobs were settled, by their tickets. Knows nothing of runs or of knobs."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settled:
    """Changes are settled in the order of their tickets, so none is forgotten: there is one entry
    for all neighbours that were settled alike.

    Attributes:
        entries: the last ticket of the neighbours, and the first step with the new knobs, or 0
            where the run went back or failed before it came to that.
    """

    entries: tuple[tuple[int, int], ...] = ()

    @property
    def newest(self) -> int:
        """The last ticket that is settled; 0: none is."""
        return self.entries[-1][0] if self.entries else 0

    def first_step(self, ticket: int) -> int | None:
        """The first step with the new knobs, 0 where it did not come to that; None: not yet."""
        place = bisect_left(self.entries, (ticket, 0))
        return self.entries[place][1] if place < len(self.entries) else None

    def up_to(self, ticket: int, first_step: int) -> Settled:
        """The same, with all tickets since the newest, and up to this one, settled so."""
        alike = self.entries[-1:] and self.entries[-1][1] == first_step
        earlier = self.entries[:-1] if alike else self.entries
        return Settled((*earlier, (ticket, first_step)))
