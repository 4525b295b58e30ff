"""One run as the web process knows it: its records, its knobs, and what its worker was asked to do.

Knows messages and records; knows nothing of processes, disks or clocks. Not thread-safe by itself:
the engine's lock guards it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from moeviz.config import Arms, RunConfig
from moeviz.engine.knob_log import KnobLog
from moeviz.engine.limits import Limits
from moeviz.engine.messages import KnobChange, Load, Progress
from moeviz.engine.mirror import Mirror
from moeviz.engine.process import WorkerProcess
from moeviz.engine.protocol import RunStatus, Until
from moeviz.engine.saved import SavedRun
from moeviz.records import KnobMark, RunFailure, RunHistory

_EPOCHS = itertools.count()
"""Never the same number twice: a run that is forgotten and read again is another incarnation, to
which late reports of the first one mean nothing."""

RESTART_TOLD_STEPS = 500
"""A restart is told until the run is so many steps past where it stood: time to read it."""


class Run:
    """The state of a run between the pages that ask and the worker that trains.

    What was asked for shows at once: a request sets the state that it will lead to, and a report of
    a worker that has not obeyed it yet does not set it back.

    Attributes:
        config: with the knobs that the next step will use.
        begun: whether it was ever trained or asked; before that it is only prepared.
        wanted: whether it is meant to train.
        asleep: paused only because nobody watches.
        until: when it pauses by itself.
        goal: the step that single steps are on their way to, or 0.
        notice, unsaved: what befell it; why its last save did not succeed, or "".
        process: the worker that holds it, or None.
        command, obeyed: the last request that was sent, and the last that was obeyed.
        version: grows with every change worth saving.
    """

    def __init__(self, saved: SavedRun) -> None:
        self.run_id, self.owner, self.controllers = saved.run_id, saved.owner, saved.controllers
        self.created_unix_s, self.origin = saved.created_unix_s, saved.origin
        self.initial = self.config = saved.config
        self.state, self.step, self.reason = saved.state, saved.step, saved.reason
        self.failure, self.revision = saved.failure, saved.revision
        self.notice = self.unsaved = self._trouble = ""
        self.checkpoints = saved.checkpoints
        self.wanted = self.asleep = False
        self.until: Until | None = None
        self.goal = 0
        self.process: WorkerProcess | None = None
        self.command = self.obeyed = 0
        self.seen_s = self.saved_s = 0.0
        self.version, self.saved_version = 1, 0
        self._epoch = next(_EPOCHS)
        self.begun = True
        self._knobs = KnobLog(saved.changes)
        self._marks: tuple[KnobMark, ...] = saved.marks
        self._tokens_per_s: Mapping[str, float] = _no_rate(saved.config)
        self._reached = self._deaths = 0
        self._restart, self._restart_told_until = "", 0
        self._mirrors = {
            arm.name: Mirror(saved.histories.get(arm.name, RunHistory.of(())))
            for arm in saved.config.arms
        }
        self._reconfigure()

    @property
    def active(self) -> bool:
        """Whether it trains, or is on the way to."""
        return self.state in ("starting", "running", "recovering")

    @property
    def has_obeyed(self) -> bool:
        """Whether nothing more is to be expected of its worker."""
        waiting = self.process is not None and self.process.ready
        return self.obeyed == self.command or not waiting

    @property
    def pending(self) -> tuple[KnobChange, ...]:
        """Changes of knobs that no worker has confirmed."""
        return self._knobs.pending

    @property
    def stamp(self) -> tuple[object, ...]:
        """Differs whenever there is something new to show of it."""
        told = self.state, self.reason, *self._notices
        return self.version, self.revision, self.step, self.obeyed, len(self._knobs.settled), *told

    def status(self, models_training: int = 0) -> RunStatus:
        """What pages see."""
        latest = {arm: mirror.latest for arm, mirror in self._mirrors.items()}
        return RunStatus(
            run_id=self.run_id,
            state=self.state,
            config=self.config,
            started=self.initial,
            step=self.step,
            latest={arm: snapshot for arm, snapshot in latest.items() if snapshot},
            tokens_per_s=self._tokens_per_s,
            marks=self._marks,
            checkpoints=self.checkpoints,
            reason=self.reason,
            notice="; ".join(filter(None, self._notices)),
            failure=self.failure,
            revision=self.revision,
            obeyed=self.has_obeyed,
            settled=self._knobs.settled,
            models_training=models_training,
            begun=self.begun,
            until=self.until,
            stepping=self.goal > 0,
        )

    def history(self, since: int = 0) -> dict[str, RunHistory]:
        """By arm, the records after a step."""
        return {arm: mirror.history(since) for arm, mirror in self._mirrors.items()}

    def saved(self) -> SavedRun:
        """What is kept of it: a snapshot that later steps do not change."""
        return SavedRun(
            run_id=self.run_id,
            owner=self.owner,
            created_unix_s=self.created_unix_s,
            config=self.initial,
            state=self.state,
            step=self.step,
            reason=self.reason,
            failure=self.failure,
            marks=self._marks,
            changes=tuple(self._knobs.made),
            checkpoints=self.checkpoints,
            revision=self.revision,
            histories=self.history(),
            origin=self.origin,
            controllers=self.controllers,
        )

    def next_command(self) -> int:
        """The number of a request that is about to be sent."""
        self.command += 1
        self.version += 1
        return self.command

    def train(self, until: Until | None, goal: int = 0) -> None:
        """It is meant to train from now on."""
        self.wanted, self.asleep, self.until, self.goal = True, False, until, goal
        self.reason = ""
        self.state = self.state if self.active else "running"

    def rest(self, reason: str, *, asleep: bool = False) -> None:
        """It is not meant to train any more."""
        self.wanted, self.asleep, self.reason, self.goal = False, asleep, reason, 0
        self.state, self._tokens_per_s = "paused", _no_rate(self.initial)

    def fail(self, failure: RunFailure) -> None:
        """It stopped for good."""
        self.rest(f"failed at step {failure.step}: {failure.reason}")
        self.state, self.failure = "failed", failure
        self._knobs.drop_pending()
        self.version += 1

    def prepare(self, knobs: Mapping[str, Any], arm: Arms) -> int:
        """Change the knobs that a run which has not begun will start with; returns a ticket."""
        assert not self.begun
        self.initial = self.initial.with_knobs(knobs, arm)
        self.version += 1
        self._reconfigure()
        return self._knobs.settle_at_once(1)

    def ask(self, change: KnobChange) -> int:
        """Note a change of knobs that is on its way to the worker; returns its ticket."""
        ticket = self._knobs.ask(change)
        self._reconfigure()
        return ticket

    def apply(self, progress: Progress) -> None:
        """Take in what a worker reports."""
        if progress.epoch != self._epoch:
            return
        for arm, records in progress.records.items():
            self._mirrors[arm].append(records)
        for change in progress.obeyed:
            self._knobs.obeyed(change)
            self.saved_s = float("-inf")  # due: what was acknowledged outlives the server
        self._marks += progress.marks
        self.step, self.checkpoints = progress.step, progress.checkpoints
        if progress.marks or progress.obeyed:
            self._reconfigure()
        self.obeyed, self._tokens_per_s = progress.command, progress.tokens_per_s
        self._trouble = progress.notice
        self.version += 1
        if progress.command == self.command:
            self._settle(progress)

    def _settle(self, progress: Progress) -> None:
        self.state, self.reason = progress.state, progress.reason
        self.failure = progress.failure or self.failure
        if not self.active:
            self.wanted, self.goal = False, 0
            # A worker that takes a failed run up, to answer for it, knows nothing of the failure.
            self.state = "failed" if self.failure else self.state

    def load(self, directory: str, limits: Limits) -> Load:
        """The request that lets a worker take the run up where it stands.

        Records after the last kept checkpoint are dropped here and come again: the worker repeats
        those steps, with the changes of knobs at their steps, and they come out the same. So do the
        marks of changes made at the checkpoint's own step, which a checkpoint never contains.
        """
        target, start = self.step, max(self.checkpoints, default=None)
        self._truncate(start or 0)
        self._epoch = next(_EPOCHS)
        return Load(
            run_id=self.run_id,
            epoch=self._epoch,
            command=self.next_command(),
            config=self.initial,
            max_steps=limits.steps_of(self.initial),
            checkpoint=start,
            target=target,
            changes=tuple(self._knobs.made),
            recent_losses={arm: each.recent_losses for arm, each in self._mirrors.items()},
            kept=self.checkpoints,
            directory=directory,
            checkpoint_every=limits.checkpoint_every_steps,
            checkpoint_bytes=limits.checkpoint_bytes_per_run,
            go=self.wanted,
            until=self.until,
            reason=self.reason,
        )

    def rewind(self, step: int, changes: Iterable[KnobChange] = ()) -> None:
        """Go back to a checkpoint; what came after is forgotten, requests on their way as well.

        Args:
            changes: of knobs, made at that step instead.
        """
        self._knobs.go_back(step, changes)
        self.checkpoints = tuple(kept for kept in self.checkpoints if kept <= step)
        self._truncate(step)
        self._epoch = next(_EPOCHS)
        self._reached, self.failure = step, None
        self.notice = self._trouble = ""
        self.acted_on()
        self.rest("")

    def note_restart(self, stood: int) -> None:
        """Tell for a while that it goes on in another worker, which it lost at step `stood`."""
        self._restart = f"the worker was restarted; resumed from step {self.step}"
        self._restart_told_until = stood + RESTART_TOLD_STEPS

    def acted_on(self) -> None:
        """Whoever acts on it has seen how it stands."""
        self._restart = ""

    @property
    def _notices(self) -> tuple[str, ...]:
        restart = self._restart if self.step < self._restart_told_until else ""
        return restart, self.notice, self.unsaved, self._trouble

    def blame(self) -> int:
        """Note that its worker died in its turn; returns how often since it last got further."""
        self._deaths = 1 if self.step > self._reached else self._deaths + 1
        self._reached = max(self.step, self._reached)
        return self._deaths

    def _truncate(self, step: int) -> None:
        """Forget what came after a step: its own knobs stay, those of the next step do not."""
        marks = tuple(mark for mark in self._marks if mark.step <= step)
        if step < self.step or marks != self._marks:
            self.revision += 1
        if step < self.step:
            for mirror in self._mirrors.values():
                mirror.truncate(step)
            self.step = step
        self._marks = marks
        self._reconfigure()

    def _reconfigure(self) -> None:
        """Work out the knobs of the next step."""
        self.config = self._knobs.in_force(self.initial, self._marks, self.step)


def _no_rate(config: RunConfig) -> dict[str, float]:
    return {arm.name: 0.0 for arm in config.arms}
