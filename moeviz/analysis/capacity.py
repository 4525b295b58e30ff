"""What capacity does to a held-out batch, from the records of `traces/capacity.py`.

Knows nothing of models, of pages or of how anything is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moeviz.accounting.lab_model import expert_parameters
from moeviz.config import DROP_POLICIES, ModelConfig
from moeviz.traces import BatchDependence, BatchRouting, CapacityPoint, LayerAssignments

Array = NDArray[np.float64]

POSITION_BINS = 8
TURN_BINS = 6

_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""97.5 % quantile of Student's t with 1, 2, … degrees of freedom; the last for any more, which
makes an interval slightly too wide, never too narrow."""


@dataclass(frozen=True, slots=True)
class SlotBudget:
    """The capacity slots of one layer and what computing them costs.

    Attributes:
        slots: E·C, what a kernel of fixed shapes computes; dropless: the filled ones.
        filled, padding: slots with an assignment, and empty ones, which are computed all the same.
        assignments: T·K. dropped: those without a slot.
        padding_flops: operations of one forward pass that compute padding. useful_flops: the rest.
    """

    capacity: int | None
    slots: int
    filled: int
    padding: int
    dropped: int
    assignments: int
    padding_flops: int
    useful_flops: int


def slot_budget(layer: LayerAssignments, model: ModelConfig) -> SlotBudget:
    """Count slots; a slot costs two operations, multiply and add, per weight of an expert."""
    filled, assignments = int(layer.assignments.kept.sum()), len(layer.assignments)
    capacity = layer.expert_capacity
    slots = filled if capacity is None else capacity * len(layer.expert_load)
    flops_per_slot = 2 * expert_parameters(model)
    return SlotBudget(
        capacity=capacity,
        slots=slots,
        filled=filled,
        padding=slots - filled,
        dropped=assignments - filled,
        assignments=assignments,
        padding_flops=(slots - filled) * flops_per_slot,
        useful_flops=filled * flops_per_slot,
    )


def slots_per_expert(layer: LayerAssignments) -> tuple[list[int], list[int], list[int]]:
    """Of each expert: its filled slots, its empty slots, and its overflow.

    Overflow: assignments that the router gave to the expert and that found no slot there. A
    re-routed assignment fills a slot of another expert, and is overflow of the first one.
    """
    each, n_experts = layer.assignments, layer.assignments.n_experts
    filled = each.processed
    overflow = np.bincount(each.chosen[~_stayed(layer)], minlength=n_experts)
    slots = filled if layer.expert_capacity is None else np.full(n_experts, layer.expert_capacity)
    return filled.tolist(), (slots - filled).tolist(), overflow.tolist()


def _stayed(layer: LayerAssignments) -> NDArray[Any]:
    """(A,) True where the chosen expert computes the assignment."""
    each = layer.assignments
    stayed: NDArray[Any] = each.kept & (each.expert == each.chosen)
    return stayed


def dropped_per_token(layer: LayerAssignments) -> NDArray[Any]:
    """(T,) how many of a token's assignments were dropped."""
    return layer.assignments.summed(~layer.assignments.kept).astype(int)


BY_SCORE = ("probability", "batch_prioritised")
BY_PLACE = ("position", "reroute")


def policies_alike(batch: BatchRouting, layer: int) -> Sequence[tuple[str, ...]]:
    """Groups of policies that by their definition keep the same assignments of a layer.

    All, where no expert up to that layer has more assignments than slots. BY_SCORE at K = 1: an
    assignment's score is its token's largest. BY_PLACE where all experts up to that layer are full,
    so that nothing can be re-routed; below the first layer this is known only of a batch that was
    routed by one of these policies.
    """
    layers = batch.layers[: layer + 1]
    if all(_stayed(each).all() for each in layers):
        return [DROP_POLICIES]
    by_score = [BY_SCORE] if batch.routing.top_k == 1 else []
    known = layer == 0 or batch.routing.drop_policy in BY_PLACE
    return by_score + ([BY_PLACE] if known and all(map(_all_full, layers)) else [])


def _all_full(layer: LayerAssignments) -> bool:
    load = np.bincount(layer.assignments.chosen, minlength=layer.assignments.n_experts)
    return layer.expert_capacity is not None and bool(load.min() >= layer.expert_capacity)


@dataclass(frozen=True, slots=True, eq=False)
class DropRates:
    """Share of the assignments that were dropped, in [0, 1].

    Attributes:
        by_turn: by the sequence's place in the batch, first to last, in equal parts.
        by_position: by the token's position in its sequence, in equal parts.
        by_domain: of each domain, in the batch's order of names.
    """

    overall: float
    by_turn: Array
    by_position: Array
    by_domain: Array

    @property
    def highest(self) -> float:
        """The largest drop rate of the three groupings, from 0 to 1."""
        return float(max(self.by_turn.max(), self.by_position.max(), self.by_domain.max()))


def drop_rates(batch: BatchRouting, layer: int) -> DropRates:
    """What is dropped in one layer, by place in the batch, by position and by domain."""
    routed = batch.layers[layer]
    dropped = dropped_per_token(routed) / np.maximum(routed.assignments.per_token, 1)
    rows = dropped.reshape(len(batch.domain), -1)
    of_sequence, of_position = rows.mean(axis=1), rows.mean(axis=0)
    return DropRates(
        overall=float(dropped.mean()),
        by_turn=_binned(of_sequence, TURN_BINS),
        by_position=_binned(of_position, POSITION_BINS),
        by_domain=np.array(
            [of_sequence[batch.domain == g].mean() for g in range(len(batch.domains))]
        ),
    )


def _binned(values: Array, bins: int) -> Array:
    """The mean of each of at most `bins` neighbouring parts, as equal as can be."""
    parts = np.array_split(values, min(bins, len(values)))
    return np.array([part.mean() for part in parts])


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Means over the batches that were measured.

    Attributes:
        dropped, padding: mean over layers too.
        cost: cross-entropy above dropless on the same batches, nats per token.
        half_width: of its 95 % interval over batches; NaN for a single batch.
    """

    capacity_factor: float
    batches: int
    dropped: float
    padding: float
    cost: float
    half_width: float


def capacity_curve(points: Iterable[CapacityPoint]) -> tuple[CurvePoint, ...]:
    """One point a factor, ascending, over the batches that were also measured dropless."""
    by_factor: dict[float | None, dict[int, CapacityPoint]] = {}
    for point in points:
        by_factor.setdefault(point.capacity_factor, {})[point.batch] = point
    dropless = by_factor.pop(None, {})
    curve = (_curve_point(f, by_factor[f], dropless) for f in sorted(f for f in by_factor if f))
    return tuple(point for point in curve if point.batches)


def _curve_point(
    factor: float, points: Mapping[int, CapacityPoint], dropless: Mapping[int, CapacityPoint]
) -> CurvePoint:
    both = sorted(points.keys() & dropless.keys())
    costs = np.array([points[b].cross_entropy - dropless[b].cross_entropy for b in both])
    mine = [points[b] for b in both]
    return CurvePoint(
        capacity_factor=factor,
        batches=len(both),
        dropped=_mean([each.dropped_fraction for each in mine]),
        padding=_mean([each.padding_fraction for each in mine]),
        cost=_mean(costs),
        half_width=half_width(costs),
    )


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def half_width(values: Sequence[float] | Array) -> float:
    """t · s / √n of the 95 % confidence interval of the mean; NaN below two values."""
    n = len(values)
    if n < 2:
        return math.nan
    t = _T_975[min(n - 1, len(_T_975)) - 1]
    return float(t * np.std(values, ddof=1) / math.sqrt(n))


@dataclass(frozen=True, slots=True)
class Dependence:
    """The largest change of any logit over the sequences that were measured.

    Attributes:
        alone: the sequence alone, against in its batch.
        leak: at positions before the first replaced token: 0 where causality holds.
        others: in other sequences of the batch.
    """

    sequences: int
    alone: float
    leak: float
    others: float


def cost_above(
    dropless: CapacityPoint | None, routed: BatchRouting | CapacityPoint | None
) -> float | None:
    """What the routing of a batch costs above dropless, nats per token; None until both are known.

    Args:
        dropless, routed: answers about the same batch.
    """
    if dropless is None or routed is None:
        return None
    return float(np.mean(routed.cross_entropy)) - dropless.cross_entropy


def worst_dependence(answers: Sequence[BatchDependence]) -> Dependence | None:
    """Over several sequences; None without any."""
    if not answers:
        return None
    return Dependence(
        sequences=len(answers),
        alone=max(float(each.alone_change.max()) for each in answers),
        leak=max(each.leak for each in answers),
        others=max(float(each.other_change.max()) for each in answers),
    )


def shown_sequences(batch: BatchRouting) -> tuple[int, ...]:
    """One sequence of each domain, in the batch's order, from its first to its last.

    Of the first domain its first sequence, of the second its second, and so on.
    """
    rows = [np.flatnonzero(batch.domain == g) for g in range(len(batch.domains))]
    by_front = sorted(rows, key=lambda each: int(each[0]))
    return tuple(sorted(int(each[i % len(each)]) for i, each in enumerate(by_front)))
