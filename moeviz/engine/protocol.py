"""The one interface between the code that shows runs and the code that executes them.

Nothing outside `engine/` may assume that a run is executed on this machine, or ask whether it is.
Knows configurations and records; knows nothing of torch, of processes or of Streamlit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from moeviz.config import Arms, RunConfig
from moeviz.engine.settled import Settled
from moeviz.engine.start_config import start_config
from moeviz.records import KnobMark, RunFailure, RunHistory, RunState, StepSnapshot
from moeviz.traces import Question


class EngineError(RuntimeError):
    """A request that the engine refuses, in words for the user."""


class UnknownRun(EngineError):
    """No run of that id exists: it was deleted, has expired, or never was."""


class LimitReached(EngineError):
    """A named limit of the server is hit; the message says which and its value."""


@dataclass(frozen=True, slots=True)
class Until:
    """When a resumed run pauses by itself.

    kind "step": at that step. "loss": as soon as any arm's cross-entropy, mean over the last
    WINDOW_STEPS steps, is at most that many nats. "collapsed": as soon as a layer of any arm has
    the verdict "collapsed" of `analysis.verdict`.

    keep_every: steps between two checkpoints on the way, besides the server's own; 0: none.
    """

    kind: Literal["step", "loss", "collapsed"]
    value: float = 0.0
    keep_every: int = 0


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run stands. Small: it is read several times a second.

    Attributes:
        config: with the knobs of the next new step. started: as the run was started.
        latest: the last snapshot of each arm, by arm name; empty before the first step.
        tokens_per_s: by arm, training tokens over the recent wall-clock seconds of the whole run.
        reason: why the run is not running ("reached step 300", "not watched for 75 s"), or "";
            while steps are repeated, which, and what comes then.
        notice: what happened to the worker, or "". "the worker was restarted at step 150;
            resumed from step 120" stays until the run has trained well past it or receives an
            action.
        checkpoints: steps that `rewind` and `fork` accept, ascending; 0 is the initial state.
        revision: grows whenever earlier history changed (rewind, recovery): then read it anew.
        obeyed: whether its worker has done the last request.
        pausing: whether it is to pause, and its worker is still on a step.
        settled: what came of the changes by `set` and `renew`, by ticket.
        models_training: of all runs, on the machine that trains this one.
        prepared: whether it was never trained, questioned or forked: it is not on disk.
        begun: whether it ever made a step, or was requested to make one.
        wanted: whether it is meant to train.
        stands: the step that it is at, or that it is led back to: then `step` is less.
        until: the condition at which it pauses by itself; None: never.
        stepping: whether it makes single steps only, and pauses then.
    """

    run_id: str
    state: RunState
    config: RunConfig
    started: RunConfig
    step: int
    latest: Mapping[str, StepSnapshot]
    tokens_per_s: Mapping[str, float]
    marks: tuple[KnobMark, ...] = ()
    checkpoints: tuple[int, ...] = ()
    reason: str = ""
    notice: str = ""
    failure: RunFailure | None = None
    revision: int = 0
    obeyed: bool = True
    pausing: bool = False
    settled: Settled = field(default_factory=Settled)
    models_training: int = 0
    prepared: bool = False
    begun: bool = True
    wanted: bool = True
    stands: int = 0
    until: Until | None = None
    stepping: bool = False

    @property
    def trains(self) -> bool:
        """Whether it trains, or is on the way to."""
        return self.wanted and self.state in ("starting", "running", "recovering")

    @property
    def again(self) -> RunConfig:
        """The run that *Back to step 0* would repeat."""
        return start_config(self.config, self.started, max(self.step, self.stands))


@dataclass(frozen=True, slots=True)
class Origin:
    """The run, and the step of it, that a fork goes on from."""

    run_id: str
    step: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line in the list of an owner's runs; `origin` is a fork's alone.

    config: as the run was started; marks: how its knobs changed since.
    """

    run_id: str
    state: RunState
    created_unix_s: float
    step: int
    arms: tuple[str, ...]
    last_cross_entropy: Mapping[str, float]
    config: RunConfig
    origin: Origin | None = None
    marks: tuple[KnobMark, ...] = ()

    @property
    def untrained(self) -> bool:
        """Whether it rests without a step done: there is nothing of it that could be lost."""
        return self.step == 0 and self.state == "paused"


@dataclass(frozen=True, slots=True)
class UnreadableRun:
    """A saved run of which there is no summary: its files cannot be read.

    Attributes:
        saved_unix_s: when it was last saved. why: a sentence.
        owned: whether its files say who started it; else it is in every owner's list.
    """

    run_id: str
    saved_unix_s: float
    why: str
    owned: bool


class Engine(Protocol):
    """What pages and the command line request from the code that runs trainers.

    Every method that takes a run_id raises UnknownRun when there is none. A run_id is unguessable.
    The engine obeys every caller that knows it; it only records who may control a run
    (`may_control`).
    """

    def warm_up(self) -> None:
        """Get ready to train, without waiting: called when a page opens."""

    def start(self, config: RunConfig, owner: str, *, paused: bool = False) -> str:
        """Create a run; returns its id at once. Raises ConfigError or LimitReached."""

    def prepare(self, config: RunConfig, owner: str) -> str:
        """Create a paused run that costs neither a worker nor disk space until it begins.

        It begins when it is first trained, questioned or forked. Before that `set` changes what it
        starts with; it is in no list, and is deleted when no page has shown it for long. Raises as
        `start`.
        """

    def renew(self, run_id: str, knobs: Mapping[str, Any]) -> tuple[str, int]:
        """Prepare a run like this one as its controls start, some knobs of all arms changed.

        Any knob, of the model too. It has the same owner. Returns its id, and 0. A run that is only
        prepared itself is changed in place: the id is its own, beside the ticket of the change, as
        that of `set`. Raises as `start`.
        """

    def let_control(self, run_id: str, browser: str) -> None:
        """Remember that this browser, too, may control the run; its owner stays who it was."""

    def may_control(self, run_id: str, browser: str) -> bool:
        """Whether this browser is the run's owner, or was let."""

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the id of each run that changes; returns what ends that.

        From any thread and under the engine's lock: it may only take note.
        """

    def set(self, run_id: str, knobs: Mapping[str, Any], arm: Arms = None) -> int:
        """Change live knobs from the next step on, in one arm, some or all; adds marks.

        Returns a ticket, by which `RunStatus.settled` tells the first step with the new knobs.
        """

    def pause(self, run_id: str) -> None:
        """Stop before the next step. Until the step under way is done, the run is `pausing`."""

    def resume(self, run_id: str, until: Until | None = None) -> None:
        """Go on; also with a finished run when the step limit allows it."""

    def step(self, run_id: str, steps: int = 1) -> None:
        """Do that many steps, then pause."""

    def rewind(self, run_id: str, step: int) -> None:
        """Go back to a checkpoint and pause; the later history is dropped."""

    def reset(self, run_id: str, knobs: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Back to step 0 and pause, with each arm's knobs as given; refused as a whole.

        None: with the knobs that were changed by hand as they are, scheduled changes undone.
        """

    def fork(self, run_id: str, step: int, owner: str = "") -> str:
        """A new, paused run that starts from a checkpoint of this one, with its history so far.

        Without an owner it has this run's.
        """

    def latest(self, run_id: str, *, watching: bool = True) -> RunStatus:
        """Where the run stands. Renews its lease: watching keeps it alive.

        Not `watching`: only looked up, as in a list; an unwatched run stays at rest.
        """

    def history(self, run_id: str, since: int = 0) -> Mapping[str, RunHistory]:
        """By arm name, the records after step `since`."""

    def ask(self, run_id: str, question: Question, step: int | None = None) -> Any:
        """The models' answer, as they are now or as a kept checkpoint has them; see `traces`.

        Waits for it. Renews the lease. EngineError when the question is refused, no checkpoint of
        that step is kept, or no answer comes in time.
        """

    def checkpoint(self, run_id: str, step: int) -> bytes:
        """The safetensors file of a kept checkpoint: one tensor a parameter, `arm/name` keys."""

    def runs(self, owner: str) -> list[RunSummary]:
        """The owner's runs, newest first, also those that are only on disk."""

    def unreadable(self, owner: str) -> list[UnreadableRun]:
        """The owner's saved runs that cannot be read, the last saved first.

        Those of which no owner is known are among them.
        """

    def delete(self, run_id: str) -> None:
        """Forget the run and its files; EngineError when the disk does not let go of them.

        Also one that cannot be read.
        """

    def close(self, run_id: str) -> None:
        """No page watches it any more: its lease runs out now. A page that looks renews it.

        A run that trains pauses. One that is only prepared is now forgotten where another needs its
        place, and else when it was unseen for long.
        """

    def shutdown(self) -> None:
        """End all workers and save what is new."""
