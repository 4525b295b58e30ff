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
    stored_summands,
    term_summands,
)


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
    """Stored, met, multiplied, and what of the stored a token meets."""
    weights = info.architecture.weights()
    total, active = info.count.total, info.count.active["all"]
    flops = info.flops.per_token
    return (
        DerivedNumber(
            "Total parameters", count(total), exact(total), "Σ ∏ shape · copies",
            stored_summands(weights), "Closed form over the model's tensors, tied ones once.",
            _against(total, info.start_count.total, info.start_name),
        ),
        DerivedNumber(
            "Active parameters", count(active), exact(active), "Σ ∏ shape · copies · k / N",
            active_summands(weights),
            "Both vocabulary tables counted, as Mixtral, Qwen and OLMoE print it. Without the "
            f"input embedding {exact(info.count.active['minus_input_embedding'])}; without "
            f"either table {exact(info.count.active['minus_embedding_and_head'])}.",
            _against(active, info.start_count.active["all"], info.start_name),
        ),
        DerivedNumber(
            "FLOPs a token, forward", operations(float(flops)), f"{float(flops):,.1f}",
            f"(2 · Σ multiplied weights + attention's products over a context of {context:,}) / "
            f"{context:,} tokens",
            term_summands(info.flops.terms),
            "Two operations a weight of a matrix product, as torch's FlopCounterMode counts; "
            "the summands are for the whole context. Causal pairs; look-ups and norms are not "
            "counted.",
            _against(float(flops), float(info.start_flops.per_token), info.start_name),
        ),
        DerivedNumber(
            "Stored for each one met", ratio(total / active), f"{total / active:.6f}",
            f"total / active = {exact(total)} / {exact(active)}", (),
            "What memory holds against what a token is multiplied by.",
        ),
    )  # fmt: skip


def _against(value: float, start: float, name: str) -> str:
    """ "▲ ×1.97 of Mixtral-8x7B"."""
    if value == start:
        return f"as {name}"
    return f"{'▲' if value > start else '▼'} {ratio(value / start)} of {name}"


def total_vs_active_rows(info: TotalVsActiveInfo) -> tuple[ComponentRow, ...]:
    """What is stored, what a token meets, and the two dense models beside it."""
    return (
        _row("Stored", info.count.components),
        _row("Met by a token", info.count.active_components, _cost(info.flops)),
        _row(
            "Dense twin, same FLOPs: stores and meets", info.same_flops.components,
            _cost(info.same_flops_cost),
        ),
        _row(
            "Dense twin, same total: stores and meets", info.same_total.components,
            _cost(info.same_total_cost),
        ),
    )  # fmt: skip


def _cost(flops: FlopCount) -> str:
    return f", {operations(float(flops.per_token))}"


def _row(title: str, parts: Mapping[Any, int], more: str = "") -> ComponentRow:
    return ComponentRow(title, parts, count(sum(parts.values())) + more)
