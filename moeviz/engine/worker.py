"""A worker: one loop that serves all its runs in turn, in bursts of whole steps.

`python -m moeviz.engine.worker` is started by `process.WorkerProcess` and ends when its parent
does. Knows requests and reports; knows nothing of leases, limits or what a trainer trains with.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Protocol

from moeviz.engine.hosted import HostedRun
from moeviz.engine.marker import TurnMarker
from moeviz.engine.messages import (
    Answer,
    Ask,
    Broken,
    Drop,
    Go,
    KnobChange,
    Load,
    Pause,
    Quit,
    Ready,
    Release,
    Report,
    Request,
    SetKnobs,
)
from moeviz.engine.trainers import TrainerFactory, trainer_factory
from moeviz.engine.wire import Line

BURST_S = 0.03
"""How long a run keeps its turn, and how long questions keep theirs before the next run has its
own: short enough that requests are obeyed at once."""

REPORT_EVERY_S = 0.16
"""The mean time between two reports of a run that only makes steps. With reports, and so records
for the pages, each 0.1 s, drawing them took the lab's training 12 % of its rate."""

NICENESS = 10


class RequestLine(Protocol):
    """The worker's end of a connection."""

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether a request comes within this number of seconds; None: wait for one."""

    def recv(self) -> Request:
        """The next request; waits for it. EOFError once the parent is gone."""

    def send(self, report: Report) -> None:
        """Send a report; OSError once the parent is gone."""


class Worker:
    """Serves runs over a connection. `turn` is one round of its loop."""

    def __init__(
        self,
        line: RequestLine,
        factory: TrainerFactory,
        clock: Callable[[], float] = time.monotonic,
        mark_turn: Callable[[str], None] = lambda _run_id: None,
    ) -> None:
        self._line, self._factory, self._clock, self._mark_turn = line, factory, clock, mark_turn
        self._runs: dict[str, HostedRun] = {}
        self._queue: deque[str] = deque()
        self._asked: deque[Ask] = deque()
        self._due_s: dict[str, float] = {}

    def serve(self) -> None:
        """Take turns until a request to quit, or until the other end is closed."""
        try:
            while self.turn():
                pass
        except (EOFError, OSError):
            return

    def turn(self) -> bool:
        """Obey all requests, answer some questions, let one run step; False when it should quit.

        Waits for a request when there is nothing else to do. Raises EOFError when the other end is
        closed.
        """
        idle = not self._asked and not any(run.runnable for run in self._runs.values())
        while self._line.poll(None if idle else 0.0):
            request = self._line.recv()
            if isinstance(request, Quit):
                return False
            self._obey(request)
            idle = False
        self._answer_some()
        self._burst()
        return True

    def _answer_some(self) -> None:
        """Answer for a burst, one question at least: the others wait, so training continues."""
        deadline = self._clock() + BURST_S
        while self._asked:
            self._line.send(self._answer(self._asked.popleft()))
            if self._clock() >= deadline:
                return

    def _burst(self) -> None:
        run = self._next_runnable()
        if run is None:
            return
        self._mark_turn(run.run_id)
        deadline = self._clock() + BURST_S
        run.step()
        while run.runnable and self._clock() < deadline:
            run.step()
        self._mark_turn("")
        now_s = self._clock()
        due_s = self._due_s.get(run.run_id, now_s)
        if now_s >= due_s:  # on a schedule, since a report waits for the end of a burst
            self._due_s[run.run_id] = max(due_s, now_s - REPORT_EVERY_S) + REPORT_EVERY_S
        if now_s >= due_s or not run.runnable:
            self._line.send(run.report())

    def _next_runnable(self) -> HostedRun | None:
        for _ in range(len(self._queue)):
            run = self._runs[self._queue[0]]
            self._queue.rotate(-1)
            if run.runnable:
                return run
        return None

    def _obey(self, request: Request) -> None:
        if isinstance(request, Load):
            self._load(request)
        elif isinstance(request, Drop):
            self._forget(request.run_id)
        elif isinstance(request, Ask):
            self._asked.append(request)
        elif not isinstance(request, Quit) and (run := self._runs.get(request.run_id)):
            self._mark_turn(run.run_id)
            run.command = request.command
            self._direct(run, request)
            self._mark_turn("")
            self._line.send(run.report())
            if isinstance(request, Release):
                self._forget(request.run_id)

    def _direct(self, run: HostedRun, request: Go | Pause | SetKnobs | Release) -> None:
        match request:
            case Go(until=until):
                run.go(until)
            case Pause(reason=reason):
                run.pause(reason)
            case SetKnobs(knobs=knobs, arm=arm):
                run.ask(KnobChange(run.step_count, knobs, arm))
            case Release():
                run.keep()

    def _answer(self, ask: Ask) -> Answer:
        run = self._runs.get(ask.run_id)
        if run is None:
            return Answer(ask.run_id, ask.ticket, None, "the run is no longer loaded; ask again")
        self._mark_turn(run.run_id)
        value, refusal = run.answer(ask.question, ask.step)
        self._mark_turn("")
        return Answer(ask.run_id, ask.ticket, value, refusal)

    def _load(self, load: Load) -> None:
        self._forget(load.run_id)
        self._mark_turn(load.run_id)
        run = HostedRun(load, self._factory, self._clock)
        self._mark_turn("")
        self._runs[load.run_id] = run
        self._queue.append(load.run_id)
        self._line.send(run.report())

    def _forget(self, run_id: str) -> None:
        if self._runs.pop(run_id, None):
            self._queue.remove(run_id)
            self._due_s.pop(run_id, None)


def end_with_parent() -> None:
    """End this process as soon as the parent's end of standard input is closed, whatever it does.

    The loop itself sees a closed connection between two bursts; this is for a step that takes long.
    """

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(0)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def main() -> int:
    """Import the trainer and serve."""
    parser = argparse.ArgumentParser(prog="moeviz.engine.worker")
    parser.add_argument("--fd", type=int, required=True, help="the connection")
    parser.add_argument("--turn-fd", type=int, required=True, help="the turn marker")
    parser.add_argument("--trainer", required=True, help="module:attribute of the factory")
    given = parser.parse_args()
    end_with_parent()
    os.nice(NICENESS)
    line: Line[Report, Request] = Line(given.fd)
    try:
        factory = trainer_factory(given.trainer)
    except Exception as error:
        traceback.print_exc()
        line.send(Broken(f"{type(error).__name__}: {error}"))
        return 1
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    line.send(Ready())
    Worker(line, factory, mark_turn=TurnMarker(given.turn_fd).write).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
