"""Granularity and sparsity for people: a dial, its stops, the model at each, and their table."""

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
from moeviz.accounting.units import count, exact, operations, percent, ratio
from moeviz.analysis.cost.derived_numbers import (
    DerivedNumber,
    active_summands,
    stored_summands,
    term_summands,
)
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.config import ConfigError

MOST_EXPERTS = 65_536


@dataclass(frozen=True, slots=True)
class Dial:
    """One way to turn.

    Attributes:
        letter: what is turned. turned: does it. stays: what does not move, in words.
    """

    title: str
    letter: str
    turned: Callable[[Architecture, int], Architecture]
    stays: str


DIALS: Mapping[str, Dial] = {
    "chosen": Dial(
        "Same total, vary k", "k", with_top_k,
        "The same weights are stored; each token meets more or fewer of them.",
    ),
    "experts": Dial(
        "Same active, vary N", "N", with_experts,
        "A token meets as many experts, chosen from more or fewer; only the router's line grows.",
    ),
    "split": Dial(
        "Split each expert in m", "m", fine_grained,
        "m·N experts of width F/m, m·k of them a token: stored, met and computed alike, up to the "
        "router. What explodes is the number of sets that a token can be sent to.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DialInfo:
    """A dial over all its stops.

    Attributes:
        values: the stops. points: at each. at: index of the one that is shown.
        start: the model as it is. shown: the one that is shown.
    """

    dial: Dial
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
    """Where the dial stands for the model as it is."""
    return {"chosen": point.top_k, "experts": point.n_experts, "split": 1}[name]


def dial_values(name: str, point: SparsityPoint) -> tuple[int, ...]:
    """The stops: powers of two and the model's own; for a split those that divide the width."""
    powers = [2**power for power in range(MOST_EXPERTS.bit_length())]
    if name == "chosen":
        stops = [each for each in powers if each <= point.n_experts] + [point.n_experts]
    elif name == "experts":
        stops = [each for each in powers if point.top_k <= each <= 4096]
    else:
        most = MOST_EXPERTS // point.n_experts
        stops = [each for each in powers[:9] if point.d_expert % each == 0 and each <= most]
    return tuple(sorted({*stops, own_value(name, point)}))


def dial_info(architecture: Architecture, name: str, turn: int) -> DialInfo:
    """The dial at a value; 0: as the model is.

    Raises:
        ConfigError: layers whose mixtures differ, or a value that the model cannot have.
    """
    dial, start = DIALS[name], sparsity_point(architecture)
    value = turn or own_value(name, start)
    if name == "split" and value * start.n_experts > MOST_EXPERTS:
        raise ConfigError("split", value, f"at most {MOST_EXPERTS // start.n_experts:,} here")
    turned = dial.turned(architecture, value)
    shown = sparsity_point(turned)
    values = tuple(sorted({*dial_values(name, start), value}))
    points = tuple(
        shown if each == value else sparsity_point(dial.turned(architecture, each))
        for each in values
    )
    return DialInfo(dial, values, points, values.index(value), start, turned)


def dial_numbers(info: DialInfo) -> tuple[DerivedNumber, ...]:
    """Stored, met, computed, sets of experts."""
    point, start, weights = info.point, info.start, info.shown.weights()
    return (
        DerivedNumber(
            "Total", count(point.total), exact(point.total), "Σ ∏ shape · copies",
            stored_summands(weights), "All tensors of the model as the dial stands, each once.",
            _against(point.total, start.total),
        ),
        DerivedNumber(
            "Active", count(point.active), exact(point.active), "Σ ∏ shape · copies · k / N",
            active_summands(weights), "Both vocabulary tables counted.",
            _against(point.active, start.active),
        ),
        DerivedNumber(
            "FLOPs, one token alone", operations(point.flops), exact(point.flops),
            "2 · Σ multiplied weights met", term_summands(forward_flops(info.shown, 1).terms),
            "As torch's FlopCounterMode counts, of a token that sees itself alone.",
            _against(point.flops, start.flops),
        ),
        DerivedNumber(
            "Sets of experts, C(N, k)", many(point.combinations), full(point.combinations),
            f"N! / (k! · (N − k)!) with N = {exact(point.n_experts)}, k = {exact(point.top_k)}", (),
            "Ways to send a token in one layer. DeepSeekMoE, arXiv:2401.06066, section 3.1.",
            f"{exact(point.top_k)} of {exact(point.n_experts)}",
        ),
        DerivedNumber(
            "Met of the stored", percent(float(point.parameters_used)),
            f"{float(point.parameters_used):.6f}",
            f"active / total = {exact(point.active)} / {exact(point.total)}", (),
            f"Of the routed experts k / N = {percent(float(point.experts_used))}.",
        ),
    )  # fmt: skip


def _against(value: int, start: int) -> str:
    if value == start:
        return "as it is"
    near = abs(value / start - 1) < 0.005
    told = percent(value / start - 1, signed=True) if near else ratio(value / start)
    return f"{told} of what it is" if not near else f"{told} on what it is"


def many(value: int) -> str:
    """A whole number of any size: "4.43 B", or "10^301"."""
    return count(value) if value < 10**15 else f"10^{len(str(value)) - 1}"


def full(value: int) -> str:
    """In full, the end of a very long one left out."""
    text = exact(value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(str(value)):,} digits)"


_HEADER = (
    "Dial", "N", "k", "d_expert", "Total", "Active", "FLOPs", "C(N, k)", "Active / total",
)  # fmt: skip
_UNITS = (
    "where it stands", "experts of a layer", "chosen", "units", "parameters", "parameters",
    "one token alone", "sets", "",
)  # fmt: skip


def dial_table(info: DialInfo) -> Table:
    """A line a stop."""
    rows = [
        [
            Cell(f"{info.dial.letter} = {value:,}", value), Cell(exact(p.n_experts), p.n_experts),
            Cell(exact(p.top_k), p.top_k), Cell(exact(p.d_expert), p.d_expert),
            Cell(count(p.total), p.total), Cell(count(p.active), p.active),
            Cell(operations(p.flops), p.flops), Cell(many(p.combinations), str(p.combinations)),
            Cell(percent(float(p.parameters_used)), float(p.parameters_used)),
        ]
        for value, p in zip(info.values, info.points, strict=True)
    ]  # fmt: skip
    return Table(_HEADER, _UNITS, rows)
