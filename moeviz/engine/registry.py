"""All runs of the web process: those in memory, and those on disk that no page has shown lately.

Knows runs and the store; knows nothing of workers. Owns the one lock of the engine, which is held
for moments only: never while waiting for a worker or while the runs' disk reads or writes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from moeviz.engine.protocol import RunSummary, UnknownRun
from moeviz.engine.run import Run
from moeviz.engine.store import RunStore

RESTARTED = "the server was restarted"


class Registry:
    """Runs by id. `changed` is the lock, and is notified after every change of a run."""

    def __init__(self, store: RunStore, clock: Callable[[], float]) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.runs: dict[str, Run] = {}
        self.store, self.clock = store, clock
        self._listeners: list[Callable[[str], None]] = []
        self._listing_owners: set[str] = set()

    @contextmanager
    def holding(self, run_id: str) -> Iterator[Run]:
        """The run, under the lock; from disk when it is not in memory. Raises UnknownRun."""
        while True:
            with self.changed:
                if run := self.runs.get(run_id):
                    with self.telling(run):
                        yield run
                    return
            self._restore(run_id)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the id of each run that changes, under the lock.

        Returns a function that ends it.
        """
        with self.changed:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def telling(self, run: Run) -> Iterator[None]:
        """Tell listeners afterwards when the run has changed meanwhile. Under the lock."""
        before = run.stamp
        try:
            yield
        finally:
            if run.stamp != before:
                self.tell(run.run_id)

    def tell(self, run_id: str) -> None:
        """Tell listeners that there is something new of a run. Under the lock."""
        for listener in list(self._listeners):
            listener(run_id)

    @property
    def models_training(self) -> int:
        """Models of all runs that train now."""
        return sum(len(run.initial.arms) for run in self.runs.values() if run.active)

    def add(self, run: Run) -> None:
        """Take a run in."""
        with self.changed:
            run.seen_s = run.saved_s = self.clock()
            self.runs.setdefault(run.run_id, run)

    def forget(self, run: Run) -> None:
        """Remove a run and notify its watchers. Under the lock."""
        del self.runs[run.run_id]
        self.tell(run.run_id)

    def save_first(self, run: Run) -> None:
        """Give the run its place on disk; without one it trains all the same and says so."""
        try:
            self.store.save(run.saved())
        except OSError as error:
            run.unsaved = f"this run cannot be saved: {error.strerror} ({error.filename})"

    def add_fork(self, fork: Run, source_id: str, step: int) -> None:
        """Take a fork in, with what can be copied of its source's checkpoints up to a step."""
        self.save_first(fork)
        try:
            self.store.copy_checkpoints(source_id, fork.run_id, step)
        except OSError as error:
            fork.notice = f"the checkpoints could not be copied: {error.strerror}"
        fork.checkpoints = self.store.kept(fork.run_id, fork.checkpoints)
        self.add(fork)

    def summaries(self, owner: str) -> list[RunSummary]:
        """The owner's runs, newest first."""
        with self.changed:
            self._listing_owners.add(owner)
            mine = (run for run in self.runs.values() if run.owner == owner and not run.prepared)
            live = {run.run_id: run.saved().summary for run in mine}
        saved = {summary.run_id: summary for summary in self.store.owned(owner)}
        return sorted((saved | live).values(), key=lambda run: run.created_unix_s, reverse=True)

    def seen_lately(self) -> set[str]:
        """The runs in memory, and those of owners who have listed theirs since this time."""
        with self.changed:
            owners, self._listing_owners = self._listing_owners, set()
            seen = set(self.runs)
        return seen.union(run.run_id for owner in owners for run in self.store.owned(owner))

    def _restore(self, run_id: str) -> None:
        run = Run(self.store.load(run_id))
        run.saved_version = run.version
        if run.active:
            run.rest(RESTARTED)
        with self.changed:
            if run_id not in self.store:
                raise UnknownRun(f"there is no run {run_id!r}")
            self.add(run)
