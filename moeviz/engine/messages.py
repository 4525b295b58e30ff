"""What the web process and a worker tell each other. Plain frozen data; knows nothing of transport.

Each request about a run carries a `command`, which grows by one with every request; a worker's
report names the last command it has obeyed, so that a report which crossed a request is recognised.
Each `Load` starts a new `epoch`; reports of an earlier epoch are void.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moeviz.analysis.verdict import Verdict
from moeviz.config import Arms, RunConfig
from moeviz.engine.protocol import Until
from moeviz.records import KnobMark, RunFailure, RunHistory, RunState
from moeviz.traces import Question


@dataclass(frozen=True, slots=True)
class KnobChange:
    """A request to change knobs, made when `step` steps were done: in force from step + 1 on."""

    step: int
    knobs: Mapping[str, Any]
    arm: Arms


@dataclass(frozen=True, slots=True)
class Load:
    """Take up a run: from a checkpoint, or from its beginning, to where it stood.

    Attributes:
        config: as the run was started; the knobs of the checkpoint and of `changes` come after.
        checkpoint: the checkpoint's step to start from, or None for the beginning.
        target: where the run stood; the steps up to it are repeated before anything else.
        changes: all so far, in order; those at or after the step that it goes on from, which is
            an earlier one when the checkpoint cannot be read, are made again at their steps.
        recent_losses: by arm, cross-entropy of the last WINDOW_STEPS steps before the checkpoint.
        verdicts: by arm, each layer's after the checkpoint's step.
        kept: the checkpoints that stay valid; any other file in the directory is removed.
        directory: where checkpoints are kept; when there is no such place, none are.
        go: train on after the target, until `until`; else pause there for `reason`.
    """

    run_id: str
    epoch: int
    command: int
    config: RunConfig
    max_steps: int
    checkpoint: int | None = None
    target: int = 0
    changes: tuple[KnobChange, ...] = ()
    recent_losses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    verdicts: Mapping[str, tuple[Verdict, ...]] = field(default_factory=dict)
    kept: tuple[int, ...] = ()
    directory: str = ""
    checkpoint_every: int = 100
    checkpoint_bytes: int = 0
    go: bool = False
    until: Until | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Go:
    """Train on, until the condition holds."""

    run_id: str
    command: int
    until: Until | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop before the next step."""

    run_id: str
    command: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetKnobs:
    """Change live knobs before the next step."""

    run_id: str
    command: int
    knobs: Mapping[str, Any]
    arm: Arms


@dataclass(frozen=True, slots=True)
class Release:
    """Keep a checkpoint of the run as it stands, report, and forget it."""

    run_id: str
    command: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the run at once; its files are going."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the run's models something that changes nothing; an Answer of the same ticket follows.

    Attributes:
        step: of the checkpoint that the question is about; None: the models as they are.
    """

    run_id: str
    ticket: int
    question: Question
    step: int | None


@dataclass(frozen=True, slots=True)
class Quit:
    """End the worker."""


Request = Load | Go | Pause | SetKnobs | Release | Drop | Ask | Quit


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has imported its trainer and takes runs."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker cannot import its trainer and ends."""

    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What is new about a run since its last report.

    Attributes:
        records: by arm, the steps since the last report.
        marks: knob changes that came into force, pressed or scheduled.
        obeyed: of the run's SetKnobs requests, those now applied, each with its step.
        checkpoints: the steps of all checkpoints.
        notice: a trouble that did not stop the run, or "".
    """

    run_id: str
    epoch: int
    command: int
    state: RunState
    step: int
    reason: str
    records: Mapping[str, RunHistory]
    marks: tuple[KnobMark, ...]
    obeyed: tuple[KnobChange, ...]
    checkpoints: tuple[int, ...]
    tokens_per_s: Mapping[str, float]
    failure: RunFailure | None
    notice: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the models answered; `refusal` says why they did not, or is ""."""

    run_id: str
    ticket: int
    value: Any
    refusal: str = ""


Report = Ready | Broken | Progress | Answer
