"""Total against active parameters of a model, beside dense models: numbers and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.dense_equivalents import dense_with_same_flops, dense_with_same_total
from moeviz.accounting.flops import FlopCount, forward_flops
from moeviz.accounting.parameters import ParameterCount, parameter_count
from moeviz.accounting.total_and_active import TotalAndActive, total_and_active
from moeviz.accounting.units import count, exact, operations, ratio
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.derived_numbers import (
    DerivedNumber,
    active_summands,
    compared,
    derived,
    term_summands,
    total_summands,
)
from moeviz.texts import fill, strings

_WORDS = strings(__file__)


@dataclass(frozen=True, slots=True)
class TotalVsActiveInfo:
    """A model beside the dense models with the same FLOPs and with the same total.

    Attributes:
        flops: of one forward pass over a full context; start_*: of the model that the sliders
            started from.
        same_flops, same_total: dense models that agree with it in that; *_cost: their FLOPs.
    """

    architecture: Architecture
    count: ParameterCount
    flops: FlopCount
    same_flops: ParameterCount
    same_flops_cost: FlopCount
    same_total: ParameterCount
    same_total_cost: FlopCount
    start_name: str
    start_count: ParameterCount
    start_flops: FlopCount
    sums: TotalAndActive | None


def total_vs_active_info(
    architecture: Architecture, start_name: str, start: Architecture, context: int
) -> TotalVsActiveInfo:
    """Everything that the page shows, exact."""
    same_flops = dense_with_same_flops(architecture)
    same_total = dense_with_same_total(architecture)
    return TotalVsActiveInfo(
        architecture,
        parameter_count(architecture),
        forward_flops(architecture, context),
        parameter_count(same_flops),
        forward_flops(same_flops, context),
        parameter_count(same_total),
        forward_flops(same_total, context),
        start_name,
        parameter_count(start),
        forward_flops(start, context),
        total_and_active(architecture),
    )


def total_vs_active_numbers(info: TotalVsActiveInfo, context: int) -> tuple[DerivedNumber, ...]:
    """Total and active parameters, FLOPs per token, total ÷ active."""
    weights, start = info.architecture.weights(), info.start_name
    total, active = info.count.total, info.count.active["all"]
    flops = info.flops.per_token
    return (
        derived(
            _WORDS["total"], count(total), exact(total), total_summands(weights),
            compared(total, info.start_count.total, start),
        ),
        derived(
            _WORDS["active"], count(active), exact(active), active_summands(weights),
            compared(active, info.start_count.active["all"], start),
            no_embedding=exact(info.count.active["minus_input_embedding"]),
            neither=exact(info.count.active["minus_embedding_and_head"]),
        ),
        derived(
            _WORDS["flops"], operations(float(flops)), f"{float(flops):,.1f}",
            term_summands(info.flops.terms),
            compared(float(flops), float(info.start_flops.per_token), start),
            context=exact(context),
        ),
        derived(
            _WORDS["ratio"], ratio(total / active), f"{total / active:.6f}",
            total=exact(total), active=exact(active),
        ),
    )  # fmt: skip


def total_vs_active_rows(info: TotalVsActiveInfo) -> tuple[ComponentRow, ...]:
    """Total, active per token, and the two dense models beside the model."""
    return (
        _row("total", info.count.components),
        _row("active", info.count.active_components, info.flops),
        _row("same_flops", info.same_flops.components, info.same_flops_cost),
        _row("same_total", info.same_total.components, info.same_total_cost),
    )


def _row(name: str, parts: Mapping[Any, int], flops: FlopCount | None = None) -> ComponentRow:
    bars, said = _WORDS["bars"], count(sum(parts.values()))
    if flops is not None:
        cost = operations(float(flops.per_token))
        said = fill(bars["cost"], parameters=said, flops=cost)
    return ComponentRow(bars[name], parts, said)
