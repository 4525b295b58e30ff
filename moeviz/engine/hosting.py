"""Which worker holds which run: starts workers, places runs, and takes up again what a worker lost.

Knows processes, messages and runs; knows nothing of leases or of what pages ask for.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container

from moeviz.engine.limits import Limits
from moeviz.engine.messages import (
    Answer,
    Ask,
    Drop,
    Go,
    Pause,
    Progress,
    Release,
    Report,
    SetKnobs,
)
from moeviz.engine.process import WorkerProcess
from moeviz.engine.protocol import EngineError
from moeviz.engine.registry import Registry
from moeviz.engine.run import Run
from moeviz.records import RunFailure
from moeviz.traces import Question

MAX_DEATHS = 3
"""A run fails after this number of deaths of its worker without a further step."""


ANSWER_WAIT_S = 20.0
"""How long an answer is waited for: a worker may first have to import torch and load the run."""

Asked = tuple[WorkerProcess, int]
"""Who was asked, and the ticket of the question."""


class Hosting:
    """The workers of one engine. All methods but `answer` and `close`, which wait, are called under
    the registry's lock.

    What needs a new worker raises EngineError when the machine starts no further process.
    """

    def __init__(self, registry: Registry, trainer: str, limits: Limits) -> None:
        self._registry, self._trainer, self._limits = registry, trainer, limits
        self._processes: list[WorkerProcess] = []
        self._tickets = itertools.count()
        self._answers: dict[int, Answer | None] = {}

    @property
    def processes(self) -> tuple[WorkerProcess, ...]:
        """The workers that live, the oldest first."""
        return tuple(self._processes)

    def warm_up(self) -> None:
        """Have at least one worker on its way."""
        if not self._processes:
            self._spawn()

    def host(self, run: Run) -> None:
        """Give the run to a worker, to go on where it stands."""
        run.process = process = run.process or self._place()
        directory = self._registry.store.checkpoints(run.run_id)
        process.send(run.load(str(directory), self._limits))
        for change in run.knobs.pending:
            process.send(SetKnobs(run.run_id, run.next_command(), change.knobs, change.arm))

    def go(self, run: Run) -> None:
        """Let the run train, as its `until` says."""
        if run.process:
            run.process.send(Go(run.run_id, run.next_command(), run.until))
        else:
            run.state = "starting"
            self.host(run)

    def pause(self, run: Run, reason: str, *, asleep: bool = False) -> None:
        """Let the run pause."""
        if run.process:
            run.process.send(Pause(run.run_id, run.next_command(), reason))
        run.rest(reason, asleep=asleep)

    def release(self, run: Run) -> None:
        """Free the worker of the run, which first keeps a checkpoint of it."""
        if run.process:
            run.process.send(Release(run.run_id, run.next_command()))
            run.process = None
            if run.active and not run.wanted:
                run.rest(run.reason, asleep=run.asleep)

    def drop(self, run: Run) -> None:
        """Free the worker of the run at once."""
        if run.process:
            run.process.send(Drop(run.run_id))
            run.process = None

    def ask(self, run: Run, question: Question, step: int | None) -> Asked:
        """Ask the run's worker; `answer` waits for it."""
        process, ticket = run.process, next(self._tickets)
        assert process
        self._answers[ticket] = None
        process.send(Ask(run.run_id, ticket, question, step))
        return process, ticket

    def answer(self, asked: Asked) -> Answer | None:
        """Wait for an answer, the lock released; None when none comes.

        A worker that dies over a question leaves it unanswered.
        """
        process, ticket = asked
        with self._registry.changed:
            self._registry.changed.wait_for(
                lambda: self._answers[ticket] or process not in self._processes, ANSWER_WAIT_S
            )
            return self._answers.pop(ticket)

    def make_room(self, owner: str) -> None:
        """Release resting runs until one more is allowed; LimitReached when all of them train."""
        live = [run for run in self._registry.runs.values() if run.process]
        mine = [run for run in live if run.owner == owner]
        for name, runs in (("live_runs_per_owner", mine), ("live_runs", live)):
            runs = [run for run in runs if run.process]
            resting = sorted((r for r in runs if not r.active), key=lambda run: run.seen_s)
            excess = len(runs) + 1 - int(getattr(self._limits, name))
            if excess > len(resting):
                raise self._limits.refusal(name, f"{len(runs) + 1} runs would train at once.")
            for run in resting[: max(excess, 0)]:
                self.release(run)

    def close(self) -> None:
        """End all workers. Called without the lock, which their last reports need."""
        for process in self.processes:
            process.close()

    def _place(self) -> WorkerProcess:
        """The worker with the fewest runs; a new one while none is free and one more is allowed."""
        held = Counter(run.process for run in self._registry.runs.values() if run.process)
        free = min(self._processes, key=lambda process: held[process], default=None)
        if free and (not held[free] or len(self._processes) >= self._limits.workers):
            return free
        return self._spawn()

    def _spawn(self) -> WorkerProcess:
        try:
            process = WorkerProcess(self._trainer, self._on_report, self._on_end)
        except OSError as error:
            words = (
                f"the server could not start a worker process: {error.strerror}; try again later"
            )
            raise EngineError(words) from error
        self._processes.append(process)
        return process

    def _on_report(self, report: Report) -> None:
        with self._registry.changed:
            if isinstance(report, Progress) and (run := self._registry.runs.get(report.run_id)):
                with self._registry.telling(run):
                    run.apply(report)
            elif isinstance(report, Answer) and report.ticket in self._answers:
                self._answers[report.ticket] = report
            self._registry.changed.notify_all()

    def _on_end(self, process: WorkerProcess) -> None:
        with self._registry.changed:
            self._processes = [each for each in self._processes if each is not process]
            lost = [run for run in self._registry.runs.values() if run.process is process]
        store = self._registry.store
        kept = {run.run_id: store.kept(run.run_id, run.checkpoints) for run in lost}
        with self._registry.changed:
            for run in lost:
                if run.process is process:
                    with self._registry.telling(run):
                        self._lose(run, process, kept[run.run_id])
            self._registry.changed.notify_all()

    def _lose(self, run: Run, process: WorkerProcess, kept: Container[int]) -> None:
        run.process = None
        run.checkpoints = tuple(step for step in run.checkpoints if step in kept)
        # A change of knobs of a run at rest waits for the answer too.
        if (run.active or run.knobs.pending) and not process.closing:
            self._take_up_again(run, process)

    def _take_up_again(self, run: Run, process: WorkerProcess) -> None:
        """Host a run whose worker died, unless it is the run that kills its workers."""
        blamed = process.turn_of in ("", run.run_id)
        if process.broken:
            run.fail(RunFailure(run.step, "", f"the worker could not start: {process.broken}"))
        elif blamed and (deaths := run.recovery.blame(run.step)) >= MAX_DEATHS:
            reason = (
                f"its worker ended {deaths} times before it completed a step: it {process.ending}"
            )
            run.fail(RunFailure(run.step, "", reason))
        else:
            self._recover(run)

    def _recover(self, run: Run) -> None:
        stood, run.state = run.stands, "recovering"
        try:
            self.host(run)
        except EngineError as error:
            run.knobs.drop_pending()
            run.rest(str(error))
        else:
            run.recovery.note_restart(stood, run.step)
