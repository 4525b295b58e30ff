"""How many tokens an expert takes, and who is left out when it is full.

Knows nothing of how experts were chosen or of what they compute.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int
    from torch import Tensor


def expert_capacity(
    n_tokens: int, n_experts: int, top_k: int, capacity_factor: float | None
) -> int | None:
    """C = ⌈capacity_factor · k · T / E⌉ slots per expert; None (dropless) without a factor.

    A factor of 1 is just enough when all experts get the same. The product is taken of the decimal
    number as it is written: ⌈1.1 · 1 · 80 / 8⌉ is 11, which binary rounding would make 12.

    The factor k is included, as in Megatron-Core, DeepSpeed, Tutel, MegaBlocks and V-MoE (which
    round differently). Switch, Mesh-TensorFlow, Lingvo and Flaxformer (ST-MoE) leave it out: there
    GShard's top-2 has a factor of 2 where it is 1 here.

    Args:
        n_tokens: T, all tokens that are routed together: here the whole batch.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 3, with k as in Megatron-Core.
    """
    if capacity_factor is None:
        return None
    return math.ceil(Fraction(repr(float(capacity_factor))) * top_k * n_tokens / n_experts)


def kept_slots(
    expert_index: Int[Tensor, "T K"],
    gate_weights: Float[Tensor, "T K"],
    n_experts: int,
    capacity: int | None,
    drop_policy: str,
) -> Bool[Tensor, "T K"]:
    """True where the slot is among the first C of its expert's queue.

    The queue is ordered by position (all first choices in token order, then all second choices), or
    by router probability, highest first, equal ones by position.

    Args:
        gate_weights: the router probability of each slot.
        capacity: C; None keeps all.
        drop_policy: "position" or "probability".

    Source: by position, Switch section 2.2 and GShard, arXiv:2006.16668, algorithm 1; by
    probability, Megatron-Core's `drop_policy="probs"`, but over all choices of a token at once.
    """
    if capacity is None:
        return expert_index == expert_index
    queue = expert_index.t().flatten()  # choice-major: first choices before second ones
    if drop_policy == "probability":
        best_first = gate_weights.detach().t().flatten().argsort(descending=True, stable=True)
        by_expert = best_first[queue[best_first].argsort(stable=True)]
    else:
        by_expert = queue.argsort(stable=True)
    load = queue.bincount(minlength=n_experts)
    first = load.cumsum(0) - load
    place = by_expert.new_ones(len(queue)).cumsum(0) - 1 - first[queue[by_expert]]
    kept = by_expert.new_empty(len(queue)).bool().scatter(0, by_expert, place < capacity)
    return kept.view(expert_index.shape[1], -1).t()
