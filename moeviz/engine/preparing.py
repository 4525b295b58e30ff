"""How many runs may be prepared at a time: without a worker or a file, they still take memory.

Knows whose runs they are and when they were seen; nothing of pages.
"""

from __future__ import annotations

from moeviz.engine.housekeeping import WATCH_S
from moeviz.engine.limits import Limits
from moeviz.engine.registry import Registry
from moeviz.engine.run import Run


def make_room_to_prepare(registry: Registry, limits: Limits, owner: str) -> None:
    """Forget prepared runs, the longest unseen first, until one more is allowed. Under the lock.

    The owner's own are forgotten even while a page shows them, which then prepares another; those
    of others only when no page has shown them lately. LimitReached when that is not enough.
    """
    mine = [run for run in _prepared(registry) if run.owner == owner]
    for run in mine[: max(0, len(mine) + 1 - limits.prepared_runs_per_owner)]:
        registry.forget(run)
    everyones, now = _prepared(registry), registry.clock()
    unwatched = [run for run in everyones if now - run.seen_s >= WATCH_S]
    excess = max(0, len(everyones) + 1 - limits.prepared_runs)
    if excess > len(unwatched):
        words = f"{len(everyones) + 1:,} runs would wait for their start: try again in a minute"
        raise limits.refusal("prepared_runs", words)
    for run in unwatched[:excess]:
        registry.forget(run)


def _prepared(registry: Registry) -> list[Run]:
    """The longest unseen first."""
    found = [run for run in registry.runs.values() if not run.begun]
    return sorted(found, key=lambda run: run.seen_s)
