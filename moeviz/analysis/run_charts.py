"""What the charts of a run show, as numbers: decimated lines, load ribbons and knob marks.

Knows records, not how any of it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.analysis.decimation import Array, blocks
from moeviz.analysis.metrics import METRICS
from moeviz.config import KNOBS, ArmConfig
from moeviz.records import KnobMark, RunHistory
from moeviz.routing.balancers import BALANCERS
from moeviz.routing.routers import ROUTERS

MAX_POINTS = 200
MAX_RIBBON_CELLS = 12_800


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A quantity over steps. NaN is a gap; `held_out` lines have no gaps, only fewer points.

    `domain` is the one kind of text that it is of, or "".
    """

    name: str
    arm: int
    steps: Array
    values: Array
    held_out: bool = False
    domain: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Ribbon:
    """The load of every expert over steps: `load` is (E, columns), column j at start + j·stride."""

    name: str
    arm: int
    start: float
    stride: int
    load: Array


@dataclass(frozen=True, slots=True)
class Mark:
    """A knob change, in words; in force from `step` on."""

    step: int
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class RunChartsInfo:
    """Everything `run_charts` draws."""

    cross_entropy: tuple[Line, ...]
    balance: tuple[Line, ...]
    ribbons: tuple[Ribbon, ...]
    marks: tuple[Mark, ...]
    metric: str
    layer: int
    last_step: int


def run_charts_info(
    histories: Mapping[str, RunHistory],
    marks: Sequence[KnobMark] = (),
    *,
    metric: str = next(iter(METRICS)),
    layer: int = 0,
    domains: Sequence[str] = (),
    max_points: int = MAX_POINTS,
) -> RunChartsInfo:
    """Decimate the histories of the arms into lines and ribbons.

    Args:
        histories: by arm name, in the order of the arms; empty ones are fine.
        marks: the run's knob changes.
        metric: a key of `METRICS`.
        layer: whose balance is shown; an arm without it, as a dense one, has no balance line.
        domains: the names of all domains to split the cross-entropy by them; none: one line an arm.
        max_points: the most points of a line.
    """
    arms = [
        _Arm(i, name, history, max_points) for i, (name, history) in enumerate(histories.items())
    ]
    share = MAX_RIBBON_CELLS // max(1, len(arms))
    ribbons = [arm.ribbon(layer, share) for arm in arms]
    return RunChartsInfo(
        cross_entropy=tuple(line for arm in arms for line in arm.losses(domains)),
        balance=tuple(line for arm in arms for line in arm.balance(metric, layer)),
        ribbons=tuple(ribbon for ribbon in ribbons if ribbon is not None),
        marks=knob_marks(marks, list(histories)),
        metric=metric,
        layer=layer,
        last_step=max((arm.last_step for arm in arms), default=0),
    )


def compared_runs(
    runs: Mapping[str, Mapping[str, RunHistory]],
    *,
    metric: str = next(iter(METRICS)),
    layer: int = 0,
    begin: Mapping[str, int] = MappingProxyType({}),
) -> RunChartsInfo:
    """Several runs on the same axes: every arm of every run is one line, named "run, arm".

    Args:
        begin: by run, the step at which its lines begin, where that is not their first.
    """
    arms = {f"{run}, {arm}": h for run, arms_ in runs.items() for arm, h in arms_.items()}
    begins = [begin.get(run, 0) for run, arms_ in runs.items() for _ in arms_]
    info = arm_lines(arms, metric=metric, layer=layer)
    losses, balance = (
        tuple(_since(begins[line.arm], line) for line in lines)
        for lines in (info.cross_entropy, info.balance)
    )
    return replace(info, cross_entropy=losses, balance=balance)


def _since(step: int, line: Line) -> Line:
    """The line from its last point up to a step on.

    Cut as it is drawn: its points stay means of as many steps as those of the lines beside it.
    """
    first = max(0, int(np.searchsorted(line.steps, step, side="right")) - 1)
    return replace(line, steps=line.steps[first:], values=line.values[first:])


def arm_lines(
    arms: Mapping[str, RunHistory], *, metric: str = next(iter(METRICS)), layer: int = 0
) -> RunChartsInfo:
    """The arms' cross-entropy and balance alone: no ribbons."""
    return replace(run_charts_info(arms, metric=metric, layer=layer), ribbons=())


def knob_marks(marks: Sequence[KnobMark], arms: Sequence[str]) -> tuple[Mark, ...]:
    """One mark for each change: one that all arms share is said once, else it names its arms."""
    changed: dict[tuple[int, str, str], list[str]] = {}
    for mark in marks:
        for name, value in mark.knobs.items():
            changed.setdefault((mark.step, name, _in_words(name, value)), []).append(mark.arm)
    return tuple(
        Mark(step, words if set(arms) <= set(changers) else f"{', '.join(changers)}: {words}")
        for (step, _, words), changers in sorted(changed.items())
    )


def changes_by_hand(marks: Sequence[KnobMark], arms: Sequence[ArmConfig]) -> tuple[Mark, ...]:
    """The marks of a run, without those of the changes that its models make by themselves."""
    own = {
        (arm.name, change.step, name, value)
        for arm in arms
        for change in arm.schedule
        for name, value in change.knobs.items()
    }
    by_hand = [
        replace(mark, knobs={n: v for n, v in mark.knobs.items() if (*at, n, v) not in own})
        for mark in marks
        for at in [(mark.arm, mark.step)]
    ]
    return knob_marks(by_hand, [arm.name for arm in arms])


def _in_words(name: str, value: Any) -> str:
    knob = KNOBS[name]
    if name == "balancer":
        return "load balancing off" if value == "none" else BALANCERS[value].title
    if name == "router":
        return knob.equation(ROUTERS[value].title)
    shown = f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
    return knob.equation(None if value is None else shown)


class _Arm:
    """One arm's history with its blocks."""

    def __init__(self, index: int, name: str, history: RunHistory, max_points: int) -> None:
        self.index, self.name, self.history = index, name, history
        self.blocks = blocks(history["step"], max_points) if len(history) else None
        self.last_step = int(history["step"][-1]) if len(history) else 0

    def losses(self, domains: Sequence[str]) -> list[Line]:
        """Train and held-out cross-entropy, over all domains or for each."""
        if not domains:
            return [
                self._line(self.name, "cross_entropy"),
                self._held_out(f"{self.name}, held out", _mean_over_domains),
            ]
        pairs = [
            (
                self._line(f"{self.name}, {domain}", "domain_cross_entropy", g),
                self._held_out(f"{self.name}, {domain}, held out", lambda all_, g=g: all_[:, g]),
            )
            for g, domain in enumerate(domains)
        ]
        return [
            replace(line, domain=domain)
            for domain, pair in zip(domains, pairs, strict=True)
            for line in pair
        ]

    def balance(self, metric: str, layer: int) -> list[Line]:
        """The balance measure of one layer; no line where the arm lacks that layer's router."""
        per_layer = METRICS[metric].per_layer
        if self.blocks is not None and per_layer and not self._routes(layer):
            return []
        return [self._line(self.name, metric, layer if per_layer else None)]

    def ribbon(self, layer: int, max_cells: int) -> Ribbon | None:
        """The load of a layer's experts, in as many columns as the cells allow; empty at first."""
        if self.blocks is None:
            return Ribbon(self.name, self.index, 1.0, 1, np.empty((0, 0)))
        if not self._routes(layer):
            return None
        load = self.history["expert_load"][:, layer]
        columns = max(8, min(MAX_POINTS, max_cells // load.shape[1]))
        parts = blocks(self.history["step"], columns)
        grid = np.full((int(parts.numbers[-1] - parts.numbers[0]) + 1, load.shape[1]), np.nan)
        grid[parts.numbers - parts.numbers[0]] = parts.mean(load)
        return Ribbon(self.name, self.index, float(parts.centres[0]), parts.stride, grid.T)

    def _routes(self, layer: int) -> bool:
        shape = self.history["expert_load"].shape
        return len(shape) == 3 and shape[1] > layer and shape[2] > 0

    def _line(self, name: str, column: str, part: int | None = None) -> Line:
        if self.blocks is None:
            return Line(name, self.index, np.empty(0), np.empty(0))
        values = self.history[column]
        chosen = values if part is None else values[:, part]
        return Line(name, self.index, self.blocks.centres, self.blocks.mean(chosen))

    def _held_out(self, name: str, choose: Any) -> Line:
        if self.blocks is None:
            return Line(name, self.index, np.empty(0), np.empty(0), held_out=True)
        values = self.blocks.mean(choose(self.history["held_out_cross_entropy"]))
        present = np.isfinite(values)
        steps = self.blocks.centres[present]
        return Line(name, self.index, steps, values[present], held_out=True)


def _mean_over_domains(values: NDArray[Any]) -> Array:
    """Mean over the domains that were evaluated; NaN on steps without any, which are most."""
    present = np.isfinite(values)
    measured = np.flatnonzero(present.any(axis=1))
    kept, counts = values[measured], present[measured].sum(axis=1)
    means = np.full(len(values), np.nan)
    means[measured] = np.where(present[measured], kept, 0.0).sum(axis=1, dtype=np.float64) / counts
    return means
