"""A few bytes of memory that a worker and its parent share: which run has its turn.

It outlives the worker, so that after a sudden death the parent knows in whose turn it happened.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_SIZE = 64


class TurnMarker:
    """The id of the run that has its turn, or "" between turns.

    Args:
        descriptor: of `marker_descriptor`, in the worker as in its parent.
    """

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)

    def write(self, run_id: str) -> None:
        """Say whose turn begins; "" where one ends."""
        self._memory[:] = run_id.encode().ljust(_SIZE, b"\0")

    def read(self) -> str:
        """Whose turn it is, or was when the worker died."""
        return self._memory[:].rstrip(b"\0").decode()

    def close(self) -> None:
        """Let go of the memory; it is neither read nor written afterwards."""
        self._memory.close()


@contextmanager
def marker_descriptor() -> Iterator[int]:
    """The descriptor of an unnamed file for a marker, to be handed to the worker."""
    with tempfile.TemporaryFile() as file:
        file.truncate(_SIZE)
        yield file.fileno()
