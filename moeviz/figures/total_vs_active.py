"""What the page of the bargain shows of a model: numbers, bars and the sums in words.

Shapes closed forms for people; knows nothing of widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.bargain import Bargain, bargain
from moeviz.accounting.dense_twins import dense_twin_of_active, dense_twin_of_total
from moeviz.accounting.flops import FlopCount, forward_flops
from moeviz.accounting.parameters import ParameterCount, parameter_count
from moeviz.figures.component_bars import ComponentRow
from moeviz.figures.derivation import (
    DerivedNumber,
    active_summands,
    stored_summands,
    term_summands,
)
from moeviz.figures.units import count, exact, operations, ratio


@dataclass(frozen=True, slots=True)
class BargainInfo:
    """A model beside its dense twins.

    Attributes:
        flops: of one forward pass over a full context; start_*: of the model that the sliders
            started from.
        same_cost, same_size: the twins.
    """

    architecture: Architecture
    count: ParameterCount
    flops: FlopCount
    same_cost: ParameterCount
    same_cost_flops: FlopCount
    same_size: ParameterCount
    same_size_flops: FlopCount
    start_name: str
    start_count: ParameterCount
    start_flops: FlopCount
    sums: Bargain | None


def bargain_info(
    architecture: Architecture, start_name: str, start: Architecture, context: int
) -> BargainInfo:
    """Everything that the page shows, exact."""
    cost_twin = dense_twin_of_active(architecture)
    size_twin = dense_twin_of_total(architecture)
    return BargainInfo(
        architecture,
        parameter_count(architecture),
        forward_flops(architecture, context),
        parameter_count(cost_twin),
        forward_flops(cost_twin, context),
        parameter_count(size_twin),
        forward_flops(size_twin, context),
        start_name,
        parameter_count(start),
        forward_flops(start, context),
        bargain(architecture),
    )


def bargain_numbers(info: BargainInfo, context: int) -> tuple[DerivedNumber, ...]:
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


def bargain_rows(info: BargainInfo) -> tuple[ComponentRow, ...]:
    """What is stored, what a token meets, and the two dense models beside it."""
    return (
        _row("Stored", info.count.components),
        _row("Met by a token", info.count.active_components, _cost(info.flops)),
        _row(
            "Dense twin, same FLOPs: stores and meets", info.same_cost.components,
            _cost(info.same_cost_flops),
        ),
        _row(
            "Dense twin, same total: stores and meets", info.same_size.components,
            _cost(info.same_size_flops),
        ),
    )  # fmt: skip


def _cost(flops: FlopCount) -> str:
    return f", {operations(float(flops.per_token))}"


def _row(title: str, parts: Mapping[Any, int], more: str = "") -> ComponentRow:
    return ComponentRow(title, parts, count(sum(parts.values())) + more)


def name_in_words(sums: Bargain) -> str:
    """Why N × the size of one model is not the total: the sums, in Markdown."""
    n, k = sums.n_experts, sums.top_k
    return (
        f"**Why {n} × {count(sums.one_expert)} is not {count(sums.naive_total)}.** With one expert "
        f"a layer, the router unchanged, this model would have {count(sums.one_expert)}. Only the "
        f"experts are there "
        f"{n} times; attention, embedding, router and head, {count(sums.always)} together, are "
        f"there once:  \n"
        f"{count(sums.always)} + {n} · {count(sums.slice)} = **{count(sums.total)}** stored, not "
        f"{count(sums.naive_total)};  \n"
        f"{count(sums.always)} + {k} · {count(sums.slice)} = **{count(sums.active)}** met by a "
        f"token, not {k} · {count(sums.one_expert)} = {count(k * sums.one_expert)}."
    )


def growth_in_words(sums: Bargain) -> str:
    """By how much N experts make the model larger, in Markdown."""
    n = sums.n_experts
    return (
        f"**Parameters do not grow N-fold.** From 1 expert to {exact(n)} the model grows "
        f"{ratio(sums.total / sums.one_expert)}, not ×{exact(n)}; one more expert in each of "
        f"{sums.n_mixtures} layers adds {count(sums.slice)} stored and nothing met beyond its line "
        f"of the router. One more *choice* (k + 1) adds {count(sums.slice)} met and nothing stored."
    )
