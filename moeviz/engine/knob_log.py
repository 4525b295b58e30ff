"""A run's changes of knobs: those made, those on their way to a worker, and how each was settled.

Knows configurations and messages; nothing of workers.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Mapping

from moeviz.config import RunConfig
from moeviz.engine.messages import KnobChange
from moeviz.records import KnobMark

SETTLED_TOLD = 256
"""The number of knob changes kept by ticket: more than can be pressed between two reports."""


class KnobLog:
    """Changes in order.

    Attributes:
        made: obeyed by a worker, each with its step.
    """

    def __init__(self, made: Iterable[KnobChange] = ()) -> None:
        self.made = list(made)
        self._pending = deque[tuple[int, KnobChange]]()
        self._settled: dict[int, int] = {}
        self._tickets = itertools.count(1)

    @property
    def pending(self) -> tuple[KnobChange, ...]:
        """Changes that no worker has confirmed."""
        return tuple(change for _, change in self._pending)

    @property
    def settled(self) -> Mapping[int, int]:
        """By ticket, the first step with the new knobs; 0 where it did not come to that."""
        return dict(self._settled)

    def ask(self, change: KnobChange) -> int:
        """Note a change that is on its way to the worker; returns its ticket."""
        ticket = next(self._tickets)
        self._pending.append((ticket, change))
        return ticket

    def settle_at_once(self, first_step: int) -> int:
        """The ticket of a change that needs no worker."""
        ticket = next(self._tickets)
        self._settle(ticket, first_step)
        return ticket

    def obeyed(self, change: KnobChange) -> None:
        """The worker has made the change that has waited longest."""
        ticket, _ = self._pending.popleft()
        self._settle(ticket, change.step + 1)
        self.made.append(change)

    def drop_pending(self) -> None:
        """None of those on their way will come to be: the run went back, or failed."""
        for ticket, _ in self._pending:
            self._settle(ticket, 0)
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
        config = initial
        for mark in marks:
            if mark.step <= step:
                config = config.with_knobs(mark.knobs, mark.arm)
        for change in (each for each in self.made if each.step == step):
            config = config.with_knobs(change.knobs, change.arm)
        return self.with_pending(config)

    def with_pending(self, config: RunConfig) -> RunConfig:
        """These knobs with the changes on their way to the worker."""
        for change in self.pending:
            config = config.with_knobs(change.knobs, change.arm)
        return config

    def _settle(self, ticket: int, first_step: int) -> None:
        self._settled[ticket] = first_step
        for oldest in list(self._settled)[:-SETTLED_TOLD]:
            del self._settled[oldest]
