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
    """The id of the run that has its turn, or ""."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)

    def write(self, run_id: str) -> None:
        self._memory[:] = run_id.encode().ljust(_SIZE, b"\0")

    def read(self) -> str:
        return self._memory[:].rstrip(b"\0").decode()

    def close(self) -> None:
        self._memory.close()


@contextmanager
def marker_descriptor() -> Iterator[int]:
    """The descriptor of an unnamed file for a marker, to be handed to the worker."""
    with tempfile.TemporaryFile() as file:
        file.truncate(_SIZE)
        yield file.fileno()
