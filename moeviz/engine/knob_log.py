"""A run's changes of knobs: those made, those on their way to a worker, and how each was settled.

Knows configurations and messages; nothing of workers.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable
from typing import Any

from moeviz.config import RunConfig
from moeviz.engine.messages import KnobChange
from moeviz.engine.settled import Settled
from moeviz.records import KnobMark


class KnobLog:
    """Changes in order.

    Attributes:
        made: obeyed by a worker, each with its step. settled: what came of each, by ticket.
    """

    def __init__(self, made: Iterable[KnobChange] = ()) -> None:
        self.made = list(made)
        self.settled = Settled()
        self._pending = deque[tuple[int, KnobChange]]()
        self._tickets = itertools.count(1)

    @property
    def pending(self) -> tuple[KnobChange, ...]:
        """Changes that no worker has confirmed."""
        return tuple(change for _, change in self._pending)

    def ask(self, change: KnobChange) -> int:
        """Note a change that is on its way to the worker; returns its ticket."""
        ticket = next(self._tickets)
        self._pending.append((ticket, change))
        return ticket

    def settle_at_once(self, first_step: int) -> int:
        """The ticket of a change that needs no worker."""
        ticket = next(self._tickets)
        self.settled = self.settled.up_to(ticket, first_step)
        return ticket

    def obeyed(self, change: KnobChange) -> None:
        """The worker has made the change that has waited longest."""
        ticket, _ = self._pending.popleft()
        self.settled = self.settled.up_to(ticket, change.step + 1)
        self.made.append(change)

    def drop_pending(self) -> None:
        """None of those on their way will come to be: the run went back, or failed."""
        if self._pending:
            self.settled = self.settled.up_to(self._pending[-1][0], 0)
            self._pending.clear()

    def go_back(self, step: int, changes: Iterable[KnobChange]) -> None:
        """Forget the changes made at or after a step, and make these there instead."""
        self.made = [*(change for change in self.made if change.step < step), *changes]
        self.drop_pending()

    def in_force(self, initial: RunConfig, marks: Iterable[KnobMark], step: int) -> RunConfig:
        """The knobs of the step after `step`.

        Changes made at the present step count from the moment they were made, also while a worker
        that takes the run up has not marked them again.
        """
        past = (mark for mark in marks if mark.step <= step)
        present = (change for change in self.made if change.step == step)
        return _changed(initial, itertools.chain(past, present, self.pending))

    def with_pending(self, config: RunConfig) -> RunConfig:
        """These knobs with the changes on their way to the worker."""
        return _changed(config, self.pending)


def _changed(config: RunConfig, changes: Iterable[KnobMark | KnobChange]) -> RunConfig:
    """A config after changes. It is validated once: there may be hundreds, under the lock."""
    knobs: dict[str, dict[str, Any]] = {arm.name: {} for arm in config.arms}
    for change in changes:
        for name in config.named(change.arm):
            knobs[name].update(change.knobs)
    for name, last in knobs.items():
        config = config.with_knobs(last, name)
    return config
