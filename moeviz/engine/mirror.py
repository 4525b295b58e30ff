"""The web process's copy of a run's records: columns that grow and are read without copying.

`Mirrors` has those of all its arms.

Knows records and their verdicts only. Not thread-safe by itself: the engine's lock guards writing;
what was handed out is never written to again.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.verdict import Verdict, standing
from moeviz.records import COLUMNS, WINDOW_STEPS, RunHistory, StepSnapshot

_EMPTY = RunHistory.of(())
_FIRST_CAPACITY = 256


class Mirror:
    """The records of one arm so far."""

    def __init__(self, history: RunHistory = _EMPTY) -> None:
        self._length = 0
        self._columns: dict[str, NDArray[np.generic]] = {}
        self._latest: StepSnapshot | None = None
        self.append(history)

    def __len__(self) -> int:
        return self._length

    def append(self, records: RunHistory) -> None:
        """Take in the steps that follow."""
        if not len(records):
            return
        length = self._length + len(records)
        self._reserve(records, length)
        for name, column in self._columns.items():
            column[self._length : length] = records[name]
        self._length, self._latest = length, None

    def history(self, since: int = 0) -> RunHistory:
        """The records after step `since`: read-only views."""
        if not self._length:
            return _EMPTY
        steps = self._columns["step"][: self._length]
        start = int(np.searchsorted(steps, since, side="right"))
        columns = {name: column[start : self._length] for name, column in self._columns.items()}
        for view in columns.values():
            view.flags.writeable = False
        return RunHistory(columns)

    @property
    def latest(self) -> StepSnapshot | None:
        """The last record, or None before the first."""
        if self._latest is None and self._length:
            last = {name: column[self._length - 1] for name, column in self._columns.items()}
            scalars = {name: value.item() for name, value in last.items() if value.ndim == 0}
            self._latest = StepSnapshot(**{**last, **scalars})
        return self._latest

    @property
    def recent_losses(self) -> tuple[float, ...]:
        """Cross-entropy of the last WINDOW_STEPS steps, or of as many as there are."""
        losses = self.history()["cross_entropy"][-WINDOW_STEPS:] if self._length else ()
        return tuple(float(loss) for loss in losses)

    def truncate(self, step: int) -> None:
        """Forget what came after `step`. Views handed out before keep what they show."""
        kept = self.history().until(step)
        self._length, self._columns, self._latest = 0, {}, None
        self.append(kept)

    def _reserve(self, like: RunHistory, length: int) -> None:
        room = len(self._columns["step"]) if self._columns else 0
        if length <= room:
            return
        capacity = max(_FIRST_CAPACITY, length, 2 * room)
        for name in COLUMNS:
            grown = np.empty((capacity, *like[name].shape[1:]), like[name].dtype)
            if self._length:
                grown[: self._length] = self._columns[name][: self._length]
            self._columns[name] = grown


class Mirrors:
    """The records of a run's arms so far, by the names of the arms."""

    def __init__(self, histories: Mapping[str, RunHistory]) -> None:
        self._of = {arm: Mirror(history) for arm, history in histories.items()}

    def append(self, records: Mapping[str, RunHistory]) -> None:
        """Take in the steps that follow."""
        for arm, each in records.items():
            self._of[arm].append(each)

    def history(self, since: int = 0) -> dict[str, RunHistory]:
        """The records after step `since`: read-only views."""
        return {arm: mirror.history(since) for arm, mirror in self._of.items()}

    @property
    def latest(self) -> dict[str, StepSnapshot]:
        """The last record of each arm that has one."""
        return {arm: last for arm, mirror in self._of.items() if (last := mirror.latest)}

    @property
    def recent_losses(self) -> dict[str, tuple[float, ...]]:
        """See `Mirror.recent_losses`."""
        return {arm: mirror.recent_losses for arm, mirror in self._of.items()}

    @property
    def verdicts(self) -> dict[str, tuple[Verdict, ...]]:
        """Each layer's after the last step, by the arms that have one."""
        known = {arm: history for arm, history in self.history().items() if len(history)}
        return {arm: standing(history).layers for arm, history in known.items()}

    def truncate(self, step: int) -> None:
        """Forget what came after `step`."""
        for mirror in self._of.values():
            mirror.truncate(step)
