"""What the channel says of a run: what is new since the step that a tab has, as JSON text.

Histories are sent in blocks of steps whose borders never move, so that a tab replaces its last
blocks and adds the new ones; when blocks get too many, they merge in pairs and all are sent again.
One table says which columns of a history are sent to whom. Knows nothing of sockets.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.arms import arm_summary, capacity_share
from moeviz.analysis.decimation import partition, stride_of
from moeviz.analysis.experiments import experiment_of, verdicts
from moeviz.analysis.narration import narrate
from moeviz.analysis.run_charts import knob_marks
from moeviz.analysis.switched_off import off_since
from moeviz.analysis.unused_weights import unused_weights
from moeviz.analysis.verdict import standing
from moeviz.config import KNOBS, LIVE_KNOBS, ArmConfig, RunConfig
from moeviz.engine.protocol import RunStatus
from moeviz.figures.theme.palette import expert_colours
from moeviz.live.messages import View
from moeviz.records import AXES, RunHistory, StepSnapshot
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.ignored import ignored_knobs
from moeviz.routing.usual import usual_strengths

Histories = Mapping[str, RunHistory]
Array = NDArray[Any]

MAX_POINTS = 200
"""Of a line, and columns of a load ribbon where the model is small."""

MAX_LOAD_CELLS = 64_000
"""Shares of load in one message, of all arms, layers, experts and columns."""

DIGITS, LINE_DIGITS = 5, 4
"""Significant ones of a newest measure, and of a point of a line: a chart shows no more."""

ADDRESSED = (*LIVE_KNOBS, "n_experts")
"""The knobs that presses change, and an address names."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `RunHistory` that is sent over time, as the mean of each block of steps."""

    name: str
    views: frozenset[View]


_CHARTS: frozenset[View] = frozenset({"charts"})
_PICTURES: frozenset[View] = frozenset({"bars", "charts"})

_IN_PICTURES = ("cross_entropy", "held_out_accuracy")

LINES = tuple(
    Column(name, _PICTURES if name in _IN_PICTURES else _CHARTS)
    for name, axes in AXES.items()
    if "E" not in axes and name != "step"
)
"""What is drawn over steps."""

_OVER_TIME_ALONE = tuple(name for name, axes in AXES.items() if "domains" in axes)

LATEST = (
    Column("window_load", _PICTURES),
    Column("window_processed_load", _PICTURES),
    Column("effective_experts", _PICTURES),
    *(each for each in LINES if each.name not in (*_OVER_TIME_ALONE, "effective_experts")),
)
"""What is shown of the newest snapshot alone; the window's loads are means over WINDOW_STEPS.
`unused_weights` follows from them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a tab has: the next record adds to it."""

    revision: int
    step: int
    marks: int
    config: RunConfig = field(hash=False)


def record(
    status: RunStatus, histories: Histories, view: View, known: Known | None
) -> tuple[dict[str, Any], Known]:
    """What is new for a tab that has `known`, and what it then has.

    Args:
        histories: by arm, from the first step on.
        known: None for a tab that has nothing.
    """
    if known is not None and known.revision != status.revision:
        known = None
    steps = [int(each["step"][-1]) for each in histories.values() if len(each)]
    step = min(steps, default=status.step) if steps or not known else known.step
    arms = {
        arm.name: _arm(arm, status, histories.get(arm.name), view, known, step)
        for arm in status.config.arms
    }
    told: dict[str, Any] = {
        "kind": "record",
        "run": status.run_id,
        "view": view,
        "after": None if known is None else [known.revision, known.step],
        "revision": status.revision,
        "step": step,
        "ticket": status.settled.newest,
        "state": "pausing" if status.pausing else status.state,
        "begun": status.begun,
        "trains": status.trains,
        "at_rest": status.obeyed,
        "reason": status.reason,
        "notice": status.notice,
        "experiment": experiment_of(status.again),
        "rate": round(sum(status.tokens_per_s.values())),
        "models": status.models_training,
        "checkpoints": list(status.checkpoints),
        "arms": arms,
    }
    marks = len(status.marks)
    if known is None or known.marks != marks:
        names = [arm.name for arm in status.config.arms]
        told["marks"] = [[each.step, each.label] for each in knob_marks(status.marks, names)]
    return told, Known(status.revision, step, marks, status.config)


def as_text(told: Mapping[str, Any]) -> str:
    """The message as it travels."""
    return json.dumps(told, separators=(",", ":"), allow_nan=False)


def judged(experiment: str, status: RunStatus, histories: Histories) -> list[dict[str, str]]:
    """What a named experiment promises and how the run so far bears it out.

    Empty once knobs were changed, so that the run is that experiment no longer.
    """
    return verdicts(experiment, histories) if experiment_of(status.again) == experiment else []


def _arm(
    arm: ArmConfig,
    status: RunStatus,
    history: RunHistory | None,
    view: View,
    known: Known | None,
    step: int,
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if known is None or known.config != status.config:
        told |= _described(arm, status)
    if view == "status":
        return told
    told["off_since"] = off_since(arm, status.marks)
    latest = status.latest.get(arm.name)
    if latest is not None:
        unused = unused_weights(arm.model, latest.window_processed_load)
        told["latest"] = {
            **_latest(latest, view),
            "unused_weights": float(_numbers(np.asarray(unused))),
        }
    if history is not None and len(history):
        stands = standing(history)
        told["words"] = dataclasses.asdict(narrate(arm, history, stands=stands))
        if view == "bars":  # its page shows one layer at a time
            layers = range(0 if arm.model.is_dense else arm.model.n_layers)
            told["words"]["layers"] = [
                dataclasses.asdict(narrate(arm, history, layer, stands)) for layer in layers
            ]
        told["lines"] = _lines(history, view, known, step)
        if view == "charts" and not arm.model.is_dense:
            told["load"] = _load(history, known, step, _load_columns(status))
    return told


def _described(arm: ArmConfig, status: RunStatus) -> dict[str, Any]:
    """What is fixed until a knob changes; `starts`: the knobs that a reset would start with;
    `scheduled`: those that the run changes by itself, before and after it has done so;
    `usual`: what others train with in place of a strength that was left as it is."""
    starts = next(each.knobs for each in status.again.arms if each.name == arm.name)
    return {
        "summary": arm_summary(arm),
        "dense": arm.model.is_dense,
        "n_experts": arm.model.n_experts,
        "n_layers": arm.model.n_layers,
        "capacity_share": capacity_share(arm),
        "colours": list(expert_colours(arm.model.n_experts)),
        "knobs": _texts(arm.knobs, LIVE_KNOBS),
        "starts": _texts(starts, ADDRESSED),
        "ignored": _ignored(arm, starts),
        "usual": _usual(arm),
        "scheduled": sorted({name for change in arm.schedule for name in change.knobs}),
    }


def _ignored(arm: ArmConfig, starts: Mapping[str, Any]) -> dict[str, str]:
    """The knobs that are read neither now, nor on schedule, nor after a reset; and why."""
    if arm.model.is_dense:
        return {}
    turns = [ignored_knobs(knobs) for knobs in (*arm.knobs_in_turn, starts)]
    return {name: why for name, why in turns[0].items() if all(name in each for each in turns)}


def _usual(arm: ArmConfig) -> dict[str, str]:
    """The strengths that the model's balancer usually has, where others were left; in words."""
    if arm.model.is_dense:
        return {}
    title = BALANCERS[arm.balance.balancer].title
    strengths = usual_strengths(arm.knobs)
    return {name: f'Usual with "{title}": {value:g}.' for name, value in strengths.items()}


def _texts(knobs: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    return {name: KNOBS[name].format(knobs[name]) for name in names}


def _latest(snapshot: StepSnapshot, view: View) -> dict[str, Any]:
    return {
        each.name: _numbers(np.asarray(getattr(snapshot, each.name)))
        for each in LATEST
        if view in each.views
    }


def _lines(history: RunHistory, view: View, known: Known | None, step: int) -> dict[str, Any]:
    """The blocks that are new or have changed, by column; a column of parts as a list of each."""
    stride = stride_of(step, MAX_POINTS)
    first = _first_block(known, stride, MAX_POINTS)
    new = history.since(first * stride).until(step)
    blocks = partition(new["step"], stride)
    columns = {
        each.name: _numbers(np.moveaxis(blocks.mean(new[each.name]), 0, -1), LINE_DIGITS)
        for each in LINES
        if view in each.views
    }
    return {"stride": stride, "first": first, "columns": columns}


def _load(history: RunHistory, known: Known | None, step: int, points: int) -> dict[str, Any]:
    """Shares of load (blocks, L, E) as bytes, 255 · √share: fine where loads are small."""
    stride = stride_of(step, points)
    first = _first_block(known, stride, points)
    new = history.since(first * stride).until(step)
    shares = partition(new["step"], stride).mean(new["expert_load"])
    codes = np.rint(255 * np.sqrt(np.nan_to_num(shares))).astype(np.uint8)
    return {
        "stride": stride,
        "first": first,
        "blocks": len(codes),
        "bytes": base64.b64encode(codes.tobytes()).decode(),
    }


def _first_block(known: Known | None, stride: int, points: int) -> int:
    """The first block that a tab does not have whole; 0 where blocks have merged since."""
    same = known is not None and stride_of(known.step, points) == stride
    return known.step // stride if known is not None and same else 0


def _load_columns(status: RunStatus) -> int:
    cells = sum(
        arm.model.n_layers * arm.model.n_experts
        for arm in status.config.arms
        if not arm.model.is_dense
    )
    return max(16, min(MAX_POINTS, MAX_LOAD_CELLS // max(1, cells)))


def _numbers(values: Array, digits: int = DIGITS) -> Any:
    """Plain numbers of that many significant digits; None where there is none."""
    values = np.asarray(values, np.float64)
    present = np.isfinite(values)
    sizes = np.abs(np.where(present & (values != 0), values, 1.0))
    scales = 10.0 ** (digits - 1 - np.floor(np.log10(sizes)))
    rounded = np.rint(np.where(present, values, 0.0) * scales) / scales
    plain: Any = rounded.tolist()
    return plain if present.all() else _with_gaps(plain, present.tolist())


def _with_gaps(values: Any, present: Any) -> Any:
    if not isinstance(values, Sequence):
        return values if present else None
    return [_with_gaps(*pair) for pair in zip(values, present, strict=True)]
