"""What happens between requests: leases run out, news is saved, abandoned runs are deleted.

Knows runs, their workers and the store; knows nothing of what pages ask for. All saving happens in
this one thread, so two writers never work at once and no page waits for a disk.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from moeviz.engine.hosting import Hosting
from moeviz.engine.limits import Limits
from moeviz.engine.protocol import EngineError
from moeviz.engine.registry import Registry
from moeviz.engine.run import Run
from moeviz.engine.seen import FILE, SeenRuns

WATCH_S = 75.0
"""Unseen for so long, a run pauses; browsers let hidden tabs speak once a minute."""

FREE_S = 900.0
"""Unseen for so long, a run is kept on disk alone."""

SAVE_EVERY_S = 30.0
"""A run that trains is saved so often; one that rests, or whose knobs were changed, in the next
round."""

CLEAR_EVERY_S = 600.0
"""Seen runs are noted and abandoned ones are deleted so often: oftener than FREE_S, so that every
run that was seen is still in memory at one of these times."""

CLEAR_FIRST_S = 3600.0
"""No run is deleted for so long after a start: time for its owner to come back."""

ROUND_S = 1.0
"""The pause between two rounds."""

_GRACE_S = 60.0
_HOUR_S, _DAY_S = 3600.0, 86400.0


class Housekeeper:
    """Leases, saving and clearing. `tick` is one round; `start` does one every second.

    An error of one run is reported and does not stop the round of the others. An error of a round
    does not stop the next one: no other thread does this work.
    """

    def __init__(self, registry: Registry, hosting: Hosting, limits: Limits) -> None:
        self._registry, self._hosting, self._limits = registry, hosting, limits
        self._clear_from_s = registry.clock() + CLEAR_FIRST_S
        self._note_due_s = registry.clock()
        self._seen = SeenRuns(registry.store.root / FILE, registry.clock)
        self._stopping = threading.Event()
        self._saving = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Do a round every ROUND_S on a thread, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and save what is new."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.save_all()
        self._note_seen()

    def tick(self) -> None:
        """Let leases run out, save what is due, forget and delete what was unseen for long."""
        with self._registry.changed:
            now = self._registry.clock()
            runs = list(self._registry.runs.values())
            for run in runs:
                with _going_on(), self._registry.telling(run):
                    self._enforce_lease(run, now)
            due = [run for run in runs if self._is_due(run, now)]
        for run in due:
            self._save(run)
        with self._registry.changed:
            for run in list(self._registry.runs.values()):
                if self._is_forgotten(run, now):
                    self._registry.forget(run)
            self._registry.changed.notify_all()
        if now >= self._note_due_s:
            self._note_due_s = now + CLEAR_EVERY_S
            self._note_seen()
            if now >= self._clear_from_s:
                self._clear()

    def save_all(self) -> None:
        """Save every run that has changed."""
        with self._registry.changed:
            runs = list(self._registry.runs.values())
        for run in runs:
            if self._is_new(run):
                self._save(run)

    def delete(self, run_id: str) -> None:
        """Forget the run and remove its files, never in the middle of a save; UnknownRun.

        EngineError where the disk does not let go of them.
        """
        registry = self._registry
        if registry.store.can_read(run_id):
            with registry.holding(run_id) as run:
                self._hosting.drop(run)
                registry.forget(run)
        with self._saving:
            registry.store.delete(run_id)
        with registry.changed:
            if read_again := registry.runs.pop(run_id, None):
                self._hosting.drop(read_again)  # a page requested it meanwhile
        if run_id in registry.store or not registry.store.can_read(run_id):
            raise EngineError("this run cannot be deleted: its files are in use or write-protected")

    def _loop(self) -> None:
        while not self._stopping.wait(ROUND_S):
            with _going_on():
                self.tick()

    def _enforce_lease(self, run: Run, now: float) -> None:
        if run.wanted and now - run.seen_s >= WATCH_S:
            self._hosting.pause(run, f"not watched for {WATCH_S:.0f} s", asleep=True)
        if now - run.seen_s >= FREE_S:
            run.asleep = False
            self._hosting.release(run)

    def _note_seen(self) -> None:
        """Remember, across restarts, which runs were seen since this was last called."""
        self._seen.note(self._registry.seen_lately())
        self._seen.write(self._registry.store.summaries)

    def _clear(self) -> None:
        """Delete saved runs that were abandoned, as the limits say."""
        store = self._registry.store
        for run_id in self._abandoned():
            with self._registry.changed:
                if run_id in self._registry.runs:
                    continue
                withdrawn = store.withdraw(run_id)
            store.erase(withdrawn)

    def _abandoned(self) -> list[str]:
        """The saved runs that were unseen for as long as the limits say."""
        untrained_s = self._limits.untrained_run_hours * _HOUR_S
        trained_s = self._limits.unseen_run_days * _DAY_S
        return [
            run_id
            for run_id, summary in self._registry.store.summaries.items()
            if self._seen.unseen_s(run_id) >= (untrained_s if summary.untrained else trained_s)
        ]

    def _is_due(self, run: Run, now: float) -> bool:
        return self._is_new(run) and (not run.active or now - run.saved_s >= SAVE_EVERY_S)

    def _is_new(self, run: Run) -> bool:
        """Whether it has news to save: while steps are repeated, the disk has the newer ones."""
        return run.version != run.saved_version and not run.prepared and not run.behind

    def _is_forgotten(self, run: Run, now: float) -> bool:
        """Unseen, and nothing more to come from its worker, or no hope that it will."""
        unseen = now - run.seen_s
        if run.prepared:
            return unseen >= FREE_S
        done = run.obeyed == run.command and run.version == run.saved_version
        return not run.process and ((unseen >= FREE_S and done) or unseen >= FREE_S + _GRACE_S)

    def _save(self, run: Run) -> None:
        with self._saving:
            with self._registry.changed:
                if run.run_id not in self._registry.runs:
                    return
                saved, version = run.saved(), run.version
                run.saved_s = self._registry.clock()
            try:
                self._registry.store.save(saved)
                run.saved_version, run.unsaved = version, ""
            except OSError as error:
                run.unsaved = f"this run cannot be saved: {error.strerror}"
            except Exception as error:
                traceback.print_exc()
                run.unsaved = f"this run cannot be saved: {type(error).__name__}: {error}"


@contextmanager
def _going_on() -> Iterator[None]:
    """Prints what is raised and goes on after it."""
    try:
        yield
    except Exception:
        traceback.print_exc()
