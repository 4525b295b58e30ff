"""Which experts a token goes to. Knows nothing of logits, weights, capacity or load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def biased_scores(
    router_scores: Float[Tensor, "T E"],
    selection_bias: Float[Tensor, " E"] | None = None,
    n_groups: int = 1,
    kept_groups: int = 1,
) -> Float[Tensor, "T E"]:
    """score + b where the expert may be chosen, −inf elsewhere: what top-k ranks.

    With more than one group, E experts stand in n_groups groups of neighbours; a token may only go
    to the kept_groups ones whose two best experts have the largest sum.

    Args:
        selection_bias: b, added for the choice only; it never reaches the weights.
        n_groups: a divisor of E; E / n_groups at least 2 when above 1.

    Source: the bias, Wang et al. 2024, arXiv:2408.15664, eq. 3; the groups, DeepSeek-AI 2024
    (DeepSeek-V3), arXiv:2412.19437, section 2.1.2 and its released code. DeepSeek-V2 ranks groups
    by their best expert alone.
    """
    biased = router_scores if selection_bias is None else router_scores + selection_bias
    if n_groups == 1 or kept_groups == n_groups:
        return biased
    grouped = biased.view(len(biased), n_groups, -1)
    best_two = grouped.topk(2, dim=-1).values.sum(dim=-1)
    best_groups = select_experts(best_two, kept_groups)  # unlike topk, the first of equals
    left_out = best_two.new_ones(best_two.shape).scatter(-1, best_groups, 0.0).bool()
    return grouped.masked_fill(left_out[..., None], -math.inf).view_as(biased)


def select_experts(scores: Float[Tensor, "T E"], top_k: int) -> Int[Tensor, "T K"]:
    """expert_index = the K experts of the largest scores, best first.

    Among equals the expert of the lower index comes first. Found one after another: for a few of
    many, `topk` takes up to three times as long.

    Args:
        scores: as `biased_scores` gives them.
        top_k: experts per token, at most E.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 1-2.
    """
    left = scores.detach()
    expert_index = left.new_empty(len(left), top_k).long()
    for choice in range(top_k):
        best = left.max(dim=-1, keepdim=True).indices
        expert_index[:, choice : choice + 1] = best
        if choice + 1 < top_k:
            left = left.scatter(-1, best, -math.inf)
    return expert_index
