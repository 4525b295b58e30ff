"""One run as the web process knows it: its records, its knobs, and the requests to its worker.

Knows messages, records and which worker holds it; nothing of how workers run, of disks or of what
the time is. Not thread-safe by itself: the engine's lock guards it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from moeviz.config import RunConfig
from moeviz.engine.knob_log import KnobLog
from moeviz.engine.limits import Limits
from moeviz.engine.messages import KnobChange, Load, Progress
from moeviz.engine.mirror import Mirrors
from moeviz.engine.notices import notices_of, reason_of
from moeviz.engine.process import WorkerProcess
from moeviz.engine.protocol import RunStatus, Until
from moeviz.engine.recovery import Recovery
from moeviz.engine.saved import SavedRun
from moeviz.records import KnobMark, RunFailure, RunHistory

_EPOCHS = itertools.count()
"""Never the same number twice: a run that is forgotten and read again is another incarnation, to
which late reports of the first one mean nothing."""


class Run:
    """The state of a run between the pages that ask and the worker that trains.

    A request shows at once: it sets the state that it will lead to, and a report of a worker that
    has not obeyed it yet does not set it back.

    Attributes:
        config: with the knobs that the next new step will use. knobs: their changes.
        prepared: whether it has no place on disk yet: it was never trained, questioned or forked.
        begun: whether it ever made a step, or was requested to make one.
        wanted: whether it is meant to train.
        asleep: paused only because no page watches.
        until: when it pauses by itself.
        goal: the step that single steps are on their way to, or 0.
        notice, unsaved, trouble: what happened to it; why its last save did not succeed, or "";
            what its worker has trouble with, or "".
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
        self.notice = self.unsaved = self.trouble = ""
        self.checkpoints = saved.checkpoints
        self.wanted, self.asleep, self.goal = False, False, 0
        self.until: Until | None = None
        self.process: WorkerProcess | None = None
        self.command = self.obeyed = self._rests_at = 0
        self.seen_s = self.saved_s = 0.0
        self.version, self.saved_version = 1, 0
        self._epoch = next(_EPOCHS)
        self.prepared, self.begun = False, saved.begun
        self.knobs = KnobLog(saved.changes)
        nothing = {arm.name: RunHistory.of(()) for arm in saved.config.arms}
        self._marks: tuple[KnobMark, ...] = saved.marks
        self._tokens_per_s = self._no_rate = dict.fromkeys(nothing, 0.0)
        self.recovery = Recovery()
        self._mirrors = Mirrors({**nothing, **saved.histories})
        self._reconfigure()

    @property
    def active(self) -> bool:
        """Whether it trains, or is on the way to."""
        return self.state in ("starting", "running", "recovering")

    @property
    def behind(self) -> bool:
        """Whether steps that it had made are still to be repeated."""
        return self.step < self.recovery.target

    @property
    def stands(self) -> int:
        """The step that it is at, or that it is led back to."""
        return max(self.step, self.recovery.target)

    @property
    def repeats(self) -> bool:
        """Whether a worker is there to repeat them."""
        return self.behind and self.process is not None and self.failure is None

    @property
    def has_obeyed(self) -> bool:
        """Whether nothing more is to be expected of its worker."""
        return self._has_obeyed(self.command)

    @property
    def pausing(self) -> bool:
        """Whether it is to pause, and its worker is still on a step."""
        return self.state == "paused" and not self._has_obeyed(self._rests_at)

    @property
    def stamp(self) -> tuple[object, ...]:
        """Differs whenever there is something new to show of it."""
        told = self.state, reason_of(self), *notices_of(self)
        return self.version, self.revision, self.step, self.obeyed, self.knobs.settled, *told

    def status(self, models_training: int = 0) -> RunStatus:
        """What pages see."""
        return RunStatus(
            run_id=self.run_id,
            state=self.state,
            config=self.config,
            started=self.initial,
            step=self.step,
            latest=self._mirrors.latest,
            tokens_per_s=self._tokens_per_s,
            marks=self._marks,
            checkpoints=self.checkpoints,
            reason=reason_of(self),
            notice="; ".join(filter(None, notices_of(self))),
            failure=self.failure,
            revision=self.revision,
            obeyed=self.has_obeyed and not self.repeats,
            pausing=self.pausing,
            settled=self.knobs.settled,
            models_training=models_training,
            prepared=self.prepared,
            begun=self.begun,
            wanted=self.wanted,
            stands=self.stands,
            until=self.until,
            stepping=self.goal > 0,
        )

    def history(self, since: int = 0) -> dict[str, RunHistory]:
        """By arm, the records after a step."""
        return self._mirrors.history(since)

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
            changes=tuple(self.knobs.made),
            checkpoints=self.checkpoints,
            revision=self.revision,
            histories=self.history(),
            origin=self.origin,
            controllers=self.controllers,
            begun=self.begun,
        )

    def next_command(self) -> int:
        """The number of a request that is about to be sent."""
        self.command += 1
        self.version += 1
        return self.command

    def train(self, until: Until | None, goal: int = 0) -> None:
        """It is meant to train from now on."""
        self.wanted, self.asleep, self.until, self.goal = True, False, until, goal
        self.reason, self.begun = "", True
        self.state = self.state if self.active else "running"

    def rest(self, reason: str, *, asleep: bool = False) -> None:
        """It is not meant to train any more, from its worker's last command on."""
        self._rests_at = self.command
        self.wanted, self.asleep, self.reason, self.goal = False, asleep, reason, 0
        self.state = "recovering" if self.repeats else "paused"
        self._tokens_per_s = self._no_rate
        self._reconfigure()

    def fail(self, failure: RunFailure) -> None:
        """It stopped for good."""
        self.rest(f"failed at step {failure.step}: {failure.reason}")
        self.state, self.failure = "failed", failure
        self.knobs.drop_pending()
        self.version += 1

    def prepare(self, config: RunConfig) -> int:
        """Let a prepared run of these arms start with other knobs; returns a ticket."""
        assert self.prepared
        self.initial = config
        self.version += 1
        self._reconfigure()
        return self.knobs.settle_at_once(1)

    def ask(self, change: KnobChange) -> int:
        """Note a change of knobs that is on its way to the worker; returns its ticket."""
        ticket = self.knobs.ask(change)
        self._reconfigure()
        return ticket

    def apply(self, progress: Progress) -> None:
        """Take in what a worker reports."""
        if progress.epoch != self._epoch:
            return
        was_behind = self.behind
        self._mirrors.append(progress.records)
        for change in progress.obeyed:
            self.knobs.obeyed(change)
            self.saved_s = float("-inf")  # due: what was acknowledged outlives the server
        self._marks += progress.marks
        self.step, self.checkpoints = progress.step, progress.checkpoints
        if progress.marks or progress.obeyed or was_behind:
            self._reconfigure()
        self.obeyed, self._tokens_per_s = progress.command, {**progress.tokens_per_s}
        self.trouble = progress.notice
        self.version += 1
        if progress.command == self.command:
            self._settle(progress)

    def _settle(self, progress: Progress) -> None:
        self.state, self.reason = progress.state, progress.reason
        self.failure = progress.failure or self.failure
        if not self.active:
            self.wanted, self.goal = False, 0
            # A worker that takes a failed run up, to answer for it, knows nothing of that.
            self.state = "failed" if self.failure else self.state

    def load(self, directory: str, limits: Limits) -> Load:
        """The request that lets a worker take the run up where it stands.

        Records after the last kept checkpoint are dropped here and come again: the worker repeats
        those steps, with the changes of knobs at their steps, and they come out the same. So do the
        marks of changes made at the checkpoint's own step, which a checkpoint never contains.
        """
        start = max(self.checkpoints, default=None)
        self._rests_at = 0  # the request itself says whether to train
        self.recovery.begin(self.stands, self.config)
        self._truncate(start or 0)
        self.state = "recovering" if self.repeats else self.state
        self._epoch = next(_EPOCHS)
        return Load(
            run_id=self.run_id,
            epoch=self._epoch,
            command=self.next_command(),
            config=self.initial,
            max_steps=limits.steps_of(self.initial),
            checkpoint=start,
            target=self.recovery.target,
            changes=tuple(self.knobs.made),
            recent_losses=self._mirrors.recent_losses,
            verdicts=self._mirrors.verdicts,
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
        self.knobs.go_back(step, changes)
        self.checkpoints = tuple(kept for kept in self.checkpoints if kept <= step)
        self.recovery.end(step)
        self._truncate(step)
        self._epoch = next(_EPOCHS)
        self.failure, self.notice, self.trouble = None, "", ""
        self.rest("")

    def _has_obeyed(self, command: int) -> bool:
        waiting = self.process is not None and self.process.ready
        return self.obeyed >= command or not waiting

    def _truncate(self, step: int) -> None:
        """Forget what came after a step: its own knobs stay, those of the next step do not."""
        marks = tuple(mark for mark in self._marks if mark.step <= step)
        if step < self.step or marks != self._marks:
            self.revision += 1
        if step < self.step:
            self._mirrors.truncate(step)
            self.step = step
        self._marks = marks
        self._reconfigure()

    def _reconfigure(self) -> None:
        """Work out the knobs of the next step; while steps are repeated, of that after them."""
        if self.behind and self.recovery.knobs:
            self.config = self.knobs.with_pending(self.recovery.knobs)
        else:
            self.config = self.knobs.in_force(self.initial, self._marks, self.step)
