"""The checkpoints of one run: files named by step, thinned out evenly when they exceed a budget.

Only the worker that holds the run writes here; others read. Knows nothing of what is in a file.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path


def checkpoint_path(directory: Path, step: int) -> Path:
    """The file of one checkpoint."""
    return directory / f"{step}.safetensors"


class CheckpointRing:
    """A run's checkpoints, at most `budget_bytes` together.

    When they are more, the one whose neighbours are closest goes, never the newest; so the whole
    run stays covered and the last interval stays short. A state larger than the budget is not kept.
    """

    def __init__(self, directory: Path, kept: Iterable[int], budget_bytes: int) -> None:
        self._directory, self._budget = directory, budget_bytes
        wanted = {checkpoint_path(directory, step).name: step for step in kept}
        self._bytes: dict[int, int] = {}
        for path in sorted(directory.glob("*")):
            if path.name in wanted:
                self._bytes[wanted[path.name]] = path.stat().st_size
            else:
                path.unlink(missing_ok=True)
        self._bytes = dict(sorted(self._bytes.items()))

    @property
    def steps(self) -> tuple[int, ...]:
        """Ascending."""
        return tuple(self._bytes)

    def read(self, step: int) -> bytes:
        """The state kept at that step; raises OSError."""
        return checkpoint_path(self._directory, step).read_bytes()

    def save(self, step: int, state: bytes) -> None:
        """Keep a state, newer than all others; a reader sees the whole file or none. OSError."""
        if len(state) > self._budget:
            return
        path = checkpoint_path(self._directory, step)
        unfinished = path.with_suffix(f".{os.getpid()}")
        try:
            unfinished.write_bytes(state)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._bytes[step] = len(state)
        while sum(self._bytes.values()) > self._budget:
            self._drop(self._most_crowded())

    def restore_newest(self, until: int, restore: Callable[[bytes], None]) -> int | None:
        """Hand over the newest state kept until that step that can be read; return its step.

        Those after it are kept no longer: they are written anew when their steps are made again.
        None, and all stay, when `restore` raises for each of them.
        """
        unreadable: list[int] = []
        for step in sorted((each for each in self.steps if each <= until), reverse=True):
            try:
                restore(self.read(step))
            except Exception:
                traceback.print_exc()
                unreadable.append(step)
            else:
                for each in unreadable:
                    self._drop(each)
                return step
        return None

    def _most_crowded(self) -> int:
        """The inner checkpoint between the closest neighbours; without any, the first."""
        steps = self.steps
        inner = range(1, len(steps) - 1)
        closest = min(inner, key=lambda i: steps[i + 1] - steps[i - 1], default=0)
        return steps[closest]

    def _drop(self, step: int) -> None:
        checkpoint_path(self._directory, step).unlink(missing_ok=True)
        del self._bytes[step]
