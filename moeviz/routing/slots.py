"""Which assignments get a capacity slot, and which are dropped or re-routed when experts are full.

Knows nothing of how experts were chosen or of what they compute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int
    from torch import Tensor

    from moeviz.routing.record import Chosen

_SHUFFLE_FACTOR, _SHUFFLE_MODULUS = 2_654_435_761, 2**32
"""Knuth's multiplicative hash: a shuffle that needs no generator and is the same each time."""


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Each assignment's expert, its place in that expert's queue, and whether it is kept.

    Attributes:
        expert: the router's choice, or another expert after re-routing.
        queue_place: the assignment's place in that expert's queue, from 0; None without a limit.
        kept: True where the place is among the first C; None without a limit.
    """

    expert: Int[Tensor, " A"]
    queue_place: Int[Tensor, " A"] | None = None
    kept: Bool[Tensor, " A"] | None = None


def assign_slots(
    chosen: Chosen,
    router_scores: Float[Tensor, "T E"],
    selection_scores: Float[Tensor, "T E"],
    capacity: int | None,
    drop_policy: str,
) -> Slots:
    """Queue all assignments at their experts and keep the first C of each queue.

    The drop policy is the order of the queues:
    "position": all assignments of preference 0 in token order, then those of preference 1, …
    "probability": the highest score first, of all assignments together.
    "random": a fixed shuffle of the assignments, the same each time.
    "batch_prioritised": by preference; within one, the tokens with the highest top score first.
    "reroute": by position; an assignment without a slot tries the token's next-best experts.

    Args:
        router_scores: order the queues by score. The gate weight would not do: it is 1 for every
            token where K = 1 and weights are renormalised.
        selection_scores: what the router chose by; give a token's next-best experts. −inf is
            never taken.
        capacity: C; None keeps all and queues none.

    Source: by position, Switch (arXiv:2101.03961) section 2.2 and GShard (arXiv:2006.16668)
    algorithm 1; by probability, Megatron-Core's `drop_policy="probs"`; batch-prioritised, Riquelme
    et al. 2021 (V-MoE), arXiv:2106.05974, section 4; re-routing, Switch, appendix B (no token left
    behind).
    """
    if capacity is None:
        return Slots(chosen.expert)
    place = queue_places(chosen, router_scores, drop_policy)
    slots = Slots(chosen.expert, place, place < capacity)
    if drop_policy == "reroute":
        return _rerouted(chosen, slots, selection_scores, capacity)
    return slots


def queue_places(
    chosen: Chosen, router_scores: Float[Tensor, "T E"], drop_policy: str
) -> Int[Tensor, " A"]:
    """How many assignments of the same expert come before each, in the policy's order."""
    order = _queue_order(chosen, router_scores, drop_policy)
    by_expert = order[chosen.expert[order].argsort(stable=True)]
    rank = _rank_within(chosen.expert[by_expert], router_scores.shape[-1])
    return torch.empty_like(by_expert).scatter(0, by_expert, rank)


def _rank_within(expert: Int[Tensor, " A"], n_experts: int) -> Int[Tensor, " A"]:
    """0, 1, 2, … within each stretch of one expert, of a list sorted by expert."""
    load = expert.bincount(minlength=n_experts)
    first = load.cumsum(0) - load
    return torch.arange(len(expert)) - first[expert]


def _queue_order(
    chosen: Chosen, router_scores: Float[Tensor, "T E"], drop_policy: str
) -> Int[Tensor, " A"]:
    """The assignments in the order in which they queue."""
    by_position = (chosen.preference * chosen.n_tokens + chosen.token).argsort()
    if drop_policy == "random":
        mixed = torch.arange(1, len(by_position) + 1) * _SHUFFLE_FACTOR % _SHUFFLE_MODULUS
        return by_position[mixed.argsort(stable=True)]
    if drop_policy not in ("probability", "batch_prioritised"):
        return by_position
    own = router_scores.detach()[chosen.token, chosen.expert]
    if drop_policy == "probability":
        return by_position[own[by_position].argsort(descending=True, stable=True)]
    top = own.new_zeros(chosen.n_tokens).scatter_reduce(
        0, chosen.token, own, "amax", include_self=False
    )
    standing = top.argsort(descending=True, stable=True).argsort()
    return (chosen.preference * chosen.n_tokens + standing[chosen.token]).argsort()


def _rerouted(
    chosen: Chosen, slots: Slots, selection_scores: Float[Tensor, "T E"], capacity: int
) -> Slots:
    """Send each assignment without a slot to the token's best other expert that has a free one.

    In the order of preference, of the experts' scores and of the tokens. An assignment that finds
    no slot anywhere keeps its expert and stays dropped.
    """
    assert slots.queue_place is not None
    assert slots.kept is not None
    expert, place, kept = (each.clone() for each in (slots.expert, slots.queue_place, slots.kept))
    n_experts, token = selection_scores.shape[-1], chosen.token
    next_best = selection_scores.argsort(dim=-1, descending=True, stable=True)
    free = selection_scores.isfinite()
    free[token[kept], expert[kept]] = False
    filled = expert[kept].bincount(minlength=n_experts)
    for preference in range(int(chosen.preference.max()) + 1):
        for rank in range(n_experts):
            wanted = next_best[token, rank]
            trying = (chosen.preference == preference) & ~kept & free[token, wanted]
            unplaced = trying.nonzero()[:, 0]
            unplaced = unplaced[wanted[unplaced].argsort(stable=True)]
            experts = wanted[unplaced]
            slot = filled[experts] + _rank_within(experts, n_experts)
            fits = slot < capacity
            found, experts = unplaced[fits], experts[fits]
            expert[found], place[found], kept[found] = experts, slot[fits], True
            free[token[found], experts] = False
            filled = filled + experts.bincount(minlength=n_experts)
    return Slots(expert, place, kept)
