"""Granularity and activation ratio for people: one size varies; the model at each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.flops import forward_flops
from moeviz.accounting.sparsity import (
    SparsityPoint,
    fine_grained,
    sparsity_point,
    with_experts,
    with_top_k,
)
from moeviz.accounting.units import count, exact, operations, percent, power_of_ten
from moeviz.analysis.cost.derived_numbers import (
    DerivedNumber,
    active_summands,
    compared,
    derived,
    term_summands,
    total_summands,
)
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.config import ConfigError
from moeviz.texts import strings

_WORDS = strings(__file__)

MOST_EXPERTS = 65_536


@dataclass(frozen=True, slots=True)
class Sweep:
    """One size that varies, everything else kept.

    Attributes:
        letter: of the size that varies. label: in words. varied: the model at a value of it.
        stays: what all points have in common, in words.
    """

    title: str
    letter: str
    label: str
    varied: Callable[[Architecture, int], Architecture]
    stays: str


SWEEPS: Mapping[str, Sweep] = {
    name: Sweep(varied=varied, **_WORDS[name])
    for name, varied in (("split", fine_grained), ("top_k", with_top_k), ("experts", with_experts))
}


@dataclass(frozen=True, slots=True)
class SweepInfo:
    """A sweep over all its values.

    Attributes:
        values: of the size that varies. points: at each. at: index of the one that is shown.
        start: the model itself. shown: the model at the point that is shown.
    """

    sweep: Sweep
    values: tuple[int, ...]
    points: tuple[SparsityPoint, ...]
    at: int
    start: SparsityPoint
    shown: Architecture

    @property
    def point(self) -> SparsityPoint:
        """The one that is shown."""
        return self.points[self.at]


def own_value(name: str, point: SparsityPoint) -> int:
    """The model's own value of the size that varies."""
    return {"top_k": point.top_k, "experts": point.n_experts, "split": 1}[name]


def sweep_values(name: str, point: SparsityPoint) -> tuple[int, ...]:
    """Powers of two and the model's own value; for a split those that divide the width."""
    powers = [2**power for power in range(MOST_EXPERTS.bit_length())]
    if name == "top_k":
        values = [each for each in powers if each <= point.n_experts] + [point.n_experts]
    elif name == "experts":
        values = [each for each in powers if point.top_k <= each <= 4096]
    else:
        most = MOST_EXPERTS // point.n_experts
        values = [each for each in powers[:9] if point.d_expert % each == 0 and each <= most]
    return tuple(sorted({*values, own_value(name, point)}))


def sweep_info(architecture: Architecture, name: str, value: int) -> SweepInfo:
    """The sweep, shown at a value; 0: at the model's own.

    Raises:
        ConfigError: MoE layers that differ, or a value that the model cannot have.
    """
    sweep, start = SWEEPS[name], sparsity_point(architecture)
    value = value or own_value(name, start)
    if name == "split" and value * start.n_experts > MOST_EXPERTS:
        raise ConfigError("split", value, f"at most {MOST_EXPERTS // start.n_experts:,} here")
    varied = sweep.varied(architecture, value)
    shown = sparsity_point(varied)
    values = tuple(sorted({*sweep_values(name, start), value}))
    points = tuple(
        shown if each == value else sparsity_point(sweep.varied(architecture, each))
        for each in values
    )
    return SweepInfo(sweep, values, points, values.index(value), start, varied)


def sweep_numbers(info: SweepInfo) -> tuple[DerivedNumber, ...]:
    """Total and active parameters, FLOPs, sets of experts, active share."""
    point, start, weights = info.point, info.start, info.shown.weights()
    original = _WORDS["the_original"]
    return (
        derived(
            _WORDS["total"], count(point.total), exact(point.total), total_summands(weights),
            compared(point.total, start.total, original),
        ),
        derived(
            _WORDS["active"], count(point.active), exact(point.active), active_summands(weights),
            compared(point.active, start.active, original),
        ),
        derived(
            _WORDS["flops"], operations(point.flops), exact(point.flops),
            term_summands(forward_flops(info.shown, 1).terms),
            compared(point.flops, start.flops, original),
        ),
        derived(
            _WORDS["sets"], many(point.combinations), full(point.combinations),
            change=f"top-{exact(point.top_k)} of {exact(point.n_experts)}",
            experts=exact(point.n_experts), k=exact(point.top_k),
        ),
        derived(
            _WORDS["share"], percent(float(point.parameters_used)),
            f"{float(point.parameters_used):.6f}",
            active=exact(point.active), total=exact(point.total),
            ratio=percent(float(point.experts_used)),
        ),
    )  # fmt: skip


def many(value: int) -> str:
    """A whole number of any size: "4.43 B", or "10³⁰¹"."""
    return count(value) if value < 10**15 else power_of_ten(len(str(value)) - 1)


def full(value: int) -> str:
    """In full, the end of a very long one left out."""
    text = exact(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(str(value)):,} digits)"


def sweep_table(info: SweepInfo) -> Table:
    """A row per value."""
    rows = [
        [
            Cell(f"{info.sweep.letter} = {value:,}", value), Cell(exact(p.n_experts), p.n_experts),
            Cell(exact(p.top_k), p.top_k), Cell(exact(p.d_expert), p.d_expert),
            Cell(count(p.total), p.total), Cell(count(p.active), p.active),
            Cell(operations(p.flops), p.flops), Cell(many(p.combinations), str(p.combinations)),
            Cell(percent(float(p.parameters_used)), float(p.parameters_used)),
        ]
        for value, p in zip(info.values, info.points, strict=True)
    ]  # fmt: skip
    return Table(_WORDS["table"]["header"], _WORDS["table"]["units"], rows)
