"""How many runs may be prepared at a time: without a worker or a file, they still take memory.

Knows whose runs they are and when they were seen; nothing of pages.
"""

from __future__ import annotations

import time

from moeviz.config import RunConfig
from moeviz.engine.housekeeping import WATCH_S
from moeviz.engine.limits import Limits
from moeviz.engine.registry import Registry
from moeviz.engine.run import Run
from moeviz.engine.saved import SavedRun
from moeviz.engine.store import new_run_id


def prepare(registry: Registry, limits: Limits, config: RunConfig, owner: str) -> str:
    """A new run that waits for its start; returns its id. LimitReached where there are too many."""
    limits.check(config)
    run = Run(SavedRun(new_run_id(), owner, time.time(), config, "paused", 0))
    run.prepared = True
    with registry.changed:
        _make_room(registry, limits, "prepared_runs_per_owner", owner)
        _make_room(registry, limits, "prepared_runs", None)
        registry.add(run)
    return run.run_id


def _make_room(registry: Registry, limits: Limits, limit: str, owner: str | None) -> None:
    """Forget prepared runs, the longest unseen first, until one more is allowed. Under the lock.

    Only those that no page has shown lately: a page whose run is forgotten prepares another.
    """
    prepared = [run for run in _prepared(registry) if owner in (None, run.owner)]
    excess = max(0, len(prepared) + 1 - getattr(limits, limit))
    now = registry.clock()
    free = [run for run in prepared if now - run.seen_s >= WATCH_S]
    if excess > len(free):
        words = f"{len(prepared) + 1:,} runs would wait for their start."
        raise limits.refusal(limit, words, "Try again in a minute.")
    for run in free[:excess]:
        registry.forget(run)


def _prepared(registry: Registry) -> list[Run]:
    """The longest unseen first."""
    found = [run for run in registry.runs.values() if run.prepared]
    return sorted(found, key=lambda run: run.seen_s)
