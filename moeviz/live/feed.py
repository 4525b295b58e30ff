"""The state of one feed: which tabs watch a run, which wait, and what was last read and sent.

Holds the state; `feeds.py` acts on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from moeviz.engine.protocol import RunStatus
from moeviz.live.messages import View
from moeviz.live.records import Known

Verdicts = list[dict[str, str]]
Told = tuple[RunStatus, Verdicts | None]


@dataclass(eq=False)
class Viewer:
    """A tab's interest in a run.

    Attributes:
        send: takes a text; returns False while the tab is busy with earlier ones.
        gone: takes why the run is no longer to be watched.
        known: what it has after the last record. told: the status and verdicts of that record.
        visible: whether it wants records now.
    """

    view: View
    experiment: str
    send: Callable[[str], bool]
    gone: Callable[[str], None]
    known: Known | None = None
    told: Told | None = None
    visible: bool = True


@dataclass(eq=False)
class Waiting:
    """A press whose worker has still to do it.

    Attributes:
        step_of: the step at which it was done, read off the run's status; None: not yet.
        done: gets that step; 0 where a change was dropped.
        gone: takes why the run can be waited for no longer.
    """

    step_of: Callable[[RunStatus], int | None]
    done: Callable[[int], None]
    gone: Callable[[str], None]


@dataclass(eq=False)
class Feed:
    """What is known of one run.

    Attributes:
        status: as last read, the same object while nothing changes.
        verdicts: by experiment. judged, judged_s: the status that they are of, and when.
    """

    run_id: str
    viewers: list[Viewer] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    status: RunStatus | None = None
    verdicts: dict[str, Verdicts] = field(default_factory=dict)
    judged: RunStatus | None = None
    judged_s: float = float("-inf")

    @property
    def wanted(self) -> bool:
        """Whether anybody looks, or waits for an acknowledgement."""
        return bool(self.viewers or self.waiting)

    @property
    def experiments(self) -> set[str]:
        """The experiments whose claims a tab wants judged."""
        return {each.experiment for each in self.viewers if each.experiment and each.visible}

    @property
    def to_be_judged(self) -> bool:
        """Whether a verdict is missing, or older than the status."""
        wanted = self.experiments
        return bool(wanted) and (self.judged is not self.status or not wanted <= set(self.verdicts))


@dataclass(eq=False)
class News:
    """A record, what it tells, and the viewers that do not know it."""

    text: str
    known: Known
    told: Told
    viewers: list[Viewer] = field(default_factory=list)
