"""How many assignments an expert accepts, and which are dropped or re-routed when it is full.

Knows nothing of how experts were chosen or of what they compute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

_SHUFFLE_FACTOR, _SHUFFLE_MODULUS = 2_654_435_761, 2**32


def expert_capacity(
    n_tokens: int, n_experts: int, top_k: int, capacity_factor: float | None
) -> int | None:
    """C = ⌈capacity_factor · k · T / E⌉ slots per expert; None (dropless) without a factor.

    A factor of 1 is exactly enough for an even load. The factor is taken as the decimal number that
    is written: ⌈1.1 · 1 · 200 / 4⌉ is 55. In floats the product is 55.00000000000001, which would
    round up to 56; the exact binary 1.1, slightly larger, would make ⌈1.1 · 80 / 8⌉ a 12.

    k is counted, as in Megatron-Core, DeepSpeed, Tutel, MegaBlocks and V-MoE (which round
    differently). Switch, Mesh-TensorFlow, Lingvo and Flaxformer (ST-MoE) leave it out: GShard's
    top-2 has a factor of 2 there, which is 1 here.

    Args:
        n_tokens: T, all tokens that are routed together: here the whole batch.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 3, with k as in Megatron-Core.
    """
    if capacity_factor is None:
        return None
    return math.ceil(Fraction(repr(float(capacity_factor))) * top_k * n_tokens / n_experts)


@dataclass(frozen=True, slots=True, eq=False)
class SlotAssignment:
    """Each assignment's expert, its place in that expert's queue, and whether it is kept.

    Attributes:
        expert_index: the router's choice, or another expert after re-routing.
        queue_place: the assignment's place in that expert's queue, from 0.
        kept: True where the place is among the first C.
    """

    expert_index: Int[Tensor, "T K"]
    queue_place: Int[Tensor, "T K"]
    kept: Bool[Tensor, "T K"]


def assign_slots(
    expert_index: Int[Tensor, "T K"],
    slot_scores: Float[Tensor, "T K"],
    scores: Float[Tensor, "T E"],
    capacity: int | None,
    drop_policy: str,
) -> SlotAssignment:
    """Queue all assignments at their experts and keep the first C of each queue.

    The drop policy is the order of the queues:
    "position": all assignments of preference 0 in token order, then those of preference 1, …
    "probability": the highest score first, of all assignments together.
    "random": a fixed shuffle of the assignments, the same each time.
    "batch_prioritised": by preference; within one, the tokens with the highest top score first.
    "reroute": by position; an assignment without a slot tries the token's next-best experts.

    Args:
        slot_scores: the router's score of each assignment. It is not the gate weight, which is 1
            for every token where K = 1 and weights are renormalised.
        scores: what top-k ranked; gives a token's next-best experts. −inf is never taken.
        capacity: C; None keeps all.

    Source: by position, Switch (arXiv:2101.03961) section 2.2 and GShard (arXiv:2006.16668)
    algorithm 1; by probability, Megatron-Core's `drop_policy="probs"`; batch-prioritised, Riquelme
    et al. 2021 (V-MoE), arXiv:2106.05974, section 4; re-routing, Switch, appendix B (no token left
    behind).
    """
    order = _queue_order(expert_index, slot_scores, drop_policy)
    place = _queue_places(expert_index, order, scores.shape[-1])
    kept = place >= 0 if capacity is None else place < capacity
    assigned = SlotAssignment(expert_index, place, kept)
    if drop_policy == "reroute" and capacity is not None:
        return _rerouted(assigned, scores, capacity)
    return assigned


def _queue_order(
    expert_index: Int[Tensor, "T K"], slot_scores: Float[Tensor, "T K"], drop_policy: str
) -> Int[Tensor, " TK"]:
    """The assignments k·T + t in the order in which they queue."""
    n_tokens, top_k = expert_index.shape
    by_position = expert_index.new_ones(n_tokens * top_k).cumsum(0) - 1
    certainty = slot_scores.detach()
    if drop_policy == "probability":
        return certainty.t().flatten().argsort(descending=True, stable=True)
    if drop_policy == "random":
        return ((by_position + 1) * _SHUFFLE_FACTOR % _SHUFFLE_MODULUS).argsort(stable=True)
    if drop_policy == "batch_prioritised":
        tokens = certainty.amax(dim=-1).argsort(descending=True, stable=True)
        return (by_position.view(top_k, n_tokens)[:, tokens]).flatten()
    return by_position


def _queue_places(
    expert_index: Int[Tensor, "T K"], order: Int[Tensor, " TK"], n_experts: int
) -> Int[Tensor, "T K"]:
    """How many assignments of the same expert come before each, in the given order."""
    queue = expert_index.t().flatten()
    by_expert = order[queue[order].argsort(stable=True)]
    load = queue.bincount(minlength=n_experts)
    first = load.cumsum(0) - load
    rank = by_expert.new_ones(len(queue)).cumsum(0) - 1 - first[queue[by_expert]]
    place = queue.new_empty(len(queue)).scatter(0, by_expert, rank)
    return place.view(expert_index.shape[1], -1).t()


def _rerouted(
    assigned: SlotAssignment, scores: Float[Tensor, "T E"], capacity: int
) -> SlotAssignment:
    """Send each assignment without a slot to the token's best other expert that has a free one.

    In the order of preference, of the experts' scores and of the tokens. An assignment that finds
    no slot anywhere keeps its expert and stays dropped.
    """
    index, place, kept = (
        each.clone() for each in (assigned.expert_index, assigned.queue_place, assigned.kept)
    )
    n_experts = scores.shape[-1]
    preferences = scores.argsort(dim=-1, descending=True, stable=True)
    filled = index[kept].bincount(minlength=n_experts)
    for choice in range(index.shape[1]):
        for rank in range(n_experts):
            wanted = preferences[:, rank]
            taken = ((index == wanted[:, None]) & kept).any(dim=-1)
            allowed = scores.gather(-1, wanted[:, None])[:, 0].isfinite()
            unplaced = ~kept[:, choice] & ~taken & allowed
            tokens = unplaced.nonzero()[:, 0]
            if not len(tokens):
                continue
            experts = wanted[tokens]
            order = experts.argsort(stable=True)
            wanting = experts.bincount(minlength=n_experts)
            first = wanting.cumsum(0) - wanting
            rank_in_queue = order.new_ones(len(order)).cumsum(0) - 1 - first[experts[order]]
            slot = filled[experts[order]] + rank_in_queue
            fits = slot < capacity
            found = tokens[order][fits]
            index[found, choice], place[found, choice] = experts[order][fits], slot[fits]
            kept[found, choice] = True
            filled = filled + experts[order][fits].bincount(minlength=n_experts)
    return SlotAssignment(index, place, kept)
