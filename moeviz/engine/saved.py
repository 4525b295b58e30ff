"""What is kept of a run on disk, and the three files that hold it.

`config.json` says what was started and for whom, `history.npz` holds the records, `status.json` all
that changes. Each is replaced as a whole; after a crash between two of them, reading yields the run
up to the last step that both know. Knows nothing of where the directory is.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from zipfile import BadZipFile, is_zipfile

import numpy as np

from moeviz.config import ArmConfig, RunConfig, check_live, present_knobs
from moeviz.engine.messages import KnobChange
from moeviz.engine.protocol import Origin, RunSummary
from moeviz.engine.unreadable import HISTORY, STARTED, STATUS, reading
from moeviz.records import (
    COLUMNS,
    MEASURES,
    FloatArray,
    KnobMark,
    RunFailure,
    RunHistory,
    RunState,
    read_only,
)
from moeviz.routing import metrics
from moeviz.routing.names import check_names


@dataclass(frozen=True, slots=True)
class SavedRun:
    """All that is kept of a run besides its checkpoint files.

    Attributes:
        config: as the run was started, before any change of knobs.
        changes: every requested change of knobs, in order.
        origin: where a fork comes from.
        controllers: browsers that may control it beside its owner.
        begun: whether it ever made a step, or was requested to make one.
    """

    run_id: str
    owner: str
    created_unix_s: float
    config: RunConfig
    state: RunState
    step: int
    reason: str = ""
    failure: RunFailure | None = None
    marks: tuple[KnobMark, ...] = ()
    changes: tuple[KnobChange, ...] = ()
    checkpoints: tuple[int, ...] = ()
    revision: int = 0
    histories: Mapping[str, RunHistory] = field(default_factory=dict)
    origin: Origin | None = None
    controllers: tuple[str, ...] = ()
    begun: bool = False

    def forked(self, run_id: str, owner: str, created_unix_s: float, step: int) -> SavedRun:
        """A paused run that goes on from a step of this one; what came after is still in it."""
        return dataclasses.replace(
            self, run_id=run_id, owner=owner, created_unix_s=created_unix_s, state="paused",
            origin=Origin(self.run_id, step), reason="", failure=None, controllers=(),
        )  # fmt: skip

    @property
    def summary(self) -> RunSummary:
        """Its line in the list of runs."""
        return RunSummary(
            run_id=self.run_id,
            state=self.state,
            created_unix_s=self.created_unix_s,
            step=self.step,
            arms=tuple(arm.name for arm in self.config.arms),
            last_cross_entropy={
                arm: float(history["cross_entropy"][-1])
                for arm, history in self.histories.items()
                if len(history)
            },
            config=self.config,
            origin=self.origin,
            marks=self.marks,
        )


def write_run(directory: Path, run: SavedRun) -> None:
    """Write or replace the run's files; raises OSError."""
    if not (directory / STARTED).exists():
        _write_json(directory / STARTED, _started(run))
    columns = {
        f"{number}/{name}": run.histories[arm.name][name]
        for number, arm in enumerate(run.config.arms)
        if arm.name in run.histories
        for name in COLUMNS
    }
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **columns)
    replace_file(directory / HISTORY, packed.getvalue())
    _write_json(directory / STATUS, _status(run))


def read_run(directory: Path) -> SavedRun:
    """Read a run; raises CannotRead when a file is missing or is not what `write_run` writes."""
    owner, summary = read_summary(directory)
    with reading(HISTORY):
        histories = _read_histories(directory / HISTORY, summary.config, summary.marks)
        last = [int(each["step"][-1]) if len(each) else 0 for each in histories.values()]
    step = min(summary.step, *last)
    with reading(STATUS):
        status = _read_json(directory / STATUS)
        failure = status["failure"]
        return SavedRun(
            run_id=summary.run_id,
            owner=owner,
            created_unix_s=summary.created_unix_s,
            config=summary.config,
            state=summary.state,
            step=step,
            reason=status["reason"],
            failure=RunFailure(**failure) if failure else None,
            marks=_marks(status, step),
            changes=tuple(_change(c) for c in status["changes"] if c["step"] <= step),
            checkpoints=tuple(c for c in status["checkpoints"] if c <= step),
            revision=int(status["revision"]),
            histories={arm: history.until(step) for arm, history in histories.items()},
            origin=summary.origin,
            controllers=tuple(str(each) for each in status.get("controllers", ())),
            begun=bool(status.get("begun", step > 0)),
        )


def read_summary(directory: Path) -> tuple[str, RunSummary]:
    """Owner and line in the list, without reading the records; raises as `read_run`."""
    with reading(STARTED):
        started = _read_json(directory / STARTED)
        owner, created_unix_s = started["owner"], float(started["created_unix_s"])
        config, origin = _config(started), _origin(started)
    with reading(HISTORY), (directory / HISTORY).open("rb") as file:
        if not is_zipfile(file):
            raise BadZipFile
    with reading(STATUS):
        status = _read_json(directory / STATUS)
        losses = status["last_cross_entropy"]
        return owner, RunSummary(
            run_id=directory.name,
            state=_state(status),
            created_unix_s=created_unix_s,
            step=int(status["step"]),
            arms=tuple(arm.name for arm in config.arms),
            last_cross_entropy={arm: float(loss) for arm, loss in losses.items()},
            config=config,
            origin=origin,
            marks=_marks(status, int(status["step"])),
        )


def replace_file(path: Path, content: bytes) -> None:
    """Write so that a reader sees the old file or the new one, whole; raises OSError."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _started(run: SavedRun) -> dict[str, Any]:
    """What never changes."""
    origin = {"origin": dataclasses.asdict(run.origin)} if run.origin else {}
    return {
        "owner": run.owner,
        "created_unix_s": run.created_unix_s,
        "config": run.config.to_json(),
        **origin,
    }


def _config(started: Mapping[str, Any]) -> RunConfig:
    """ConfigError for a knob or a name that this version does not know."""
    config = RunConfig.from_json(started["config"])
    for arm in config.arms:
        for knobs in arm.knobs_in_turn:
            check_names(knobs)
    return config


def _origin(started: Mapping[str, Any]) -> Origin | None:
    return Origin(**started["origin"]) if "origin" in started else None


def _status(run: SavedRun) -> dict[str, Any]:
    return {
        "owner": run.owner,  # here too, for where the other file is lost
        "state": run.state,
        "step": run.step,
        "reason": run.reason,
        "failure": dataclasses.asdict(run.failure) if run.failure else None,
        "marks": [{"step": m.step, "arm": m.arm, "knobs": dict(m.knobs)} for m in run.marks],
        "changes": [{"step": c.step, "arm": c.arm, "knobs": dict(c.knobs)} for c in run.changes],
        "checkpoints": list(run.checkpoints),
        "revision": run.revision,
        "controllers": list(run.controllers),
        "begun": run.begun,
        "last_cross_entropy": run.summary.last_cross_entropy,
    }


def _state(status: Mapping[str, Any]) -> RunState:
    state: RunState = status["state"]
    if state not in get_args(RunState):
        raise ValueError(state)
    return state


def _marks(status: Mapping[str, Any], step: int) -> tuple[KnobMark, ...]:
    """Those in force at a step or with the next one."""
    return tuple(
        KnobMark(mark["step"], mark["arm"], _live(mark["knobs"]))
        for mark in status["marks"]
        if mark["step"] <= step + 1
    )


def _change(read: Mapping[str, Any]) -> KnobChange:
    """JSON has no tuples: some arms come back as a list."""
    arm = read["arm"]
    arms = tuple(arm) if isinstance(arm, list) else arm
    return KnobChange(read["step"], _live(read["knobs"]), arms)


def _live(read: Mapping[str, Any]) -> dict[str, Any]:
    """Changed knobs by the names of today; ConfigError for those that this version refuses."""
    knobs = present_knobs(read)
    check_live(knobs)
    check_names(knobs)
    return knobs


def _read_histories(
    path: Path, config: RunConfig, marks: Sequence[KnobMark]
) -> dict[str, RunHistory]:
    histories = {}
    with path.open("rb") as file, np.load(file, allow_pickle=False) as packed:
        for number, arm in enumerate(config.arms):
            prefix = f"{number}/"
            names = [name for name in packed.files if name.startswith(prefix)]
            saved = {name.removeprefix(prefix): packed[name] for name in names}
            columns = {**_later_columns(saved, arm, marks), **saved}
            histories[arm.name] = RunHistory({c: read_only(columns[c], None) for c in COLUMNS})
    return histories


def _later_columns(
    saved: Mapping[str, FloatArray], arm: ArmConfig, marks: Sequence[KnobMark]
) -> dict[str, FloatArray]:
    """The columns that runs saved by earlier versions lack: from the entropy of their window load
    and the k that was in force at each step; NaN for a measure that these do not give."""
    normalised, n_experts = saved["normalised_entropy"], arm.model.n_experts
    above_collapse = metrics.above_collapse(normalised, n_experts, arm.routing.top_k)
    for mark in marks:
        if mark.arm == arm.name and "top_k" in mark.knobs:
            later = saved["step"] >= mark.step
            above_collapse[later] = metrics.above_collapse(
                normalised[later], n_experts, mark.knobs["top_k"]
            )
    unknown = np.full_like(normalised, math.nan)
    return {each.name: unknown for each in MEASURES} | {
        "held_out_accuracy": np.full_like(saved["held_out_cross_entropy"], math.nan),
        "entropy_above_collapse": above_collapse,
        "effective_experts": metrics.effective(normalised, n_experts),
    }


def _read_json(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    replace_file(path, json.dumps(content).encode())
