"""Which experts a token goes to, and with which weight. Knows nothing of room or of balance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def select_experts(
    router_probs: Float[Tensor, "T E"],
    top_k: int,
    selection_bias: Float[Tensor, " E"] | None = None,
) -> tuple[Int[Tensor, "T K"], Float[Tensor, "T K"]]:
    """expert_index = the K largest of p + b, best first; gate_weights = p of the chosen.

    Among equals the expert of the lower index comes first. Found one after another: for a few of
    many, `topk` takes up to three times as long.

    The weights are not renormalised: they are the probabilities themselves (Switch at K = 1, OLMoE
    and Qwen1.5-MoE above), so the router keeps a gradient even when it chooses one expert.

    Args:
        router_probs: softmax over all E experts.
        top_k: experts per token, at most E.
        selection_bias: b, added for the choice only; it never reaches the weights.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 1-2; the bias: Wang et al. 2024,
    arXiv:2408.15664, eq. 3.
    """
    ranked = router_probs.detach()
    if selection_bias is not None:
        ranked = ranked + selection_bias.detach()
    expert_index = ranked.new_empty(len(ranked), top_k).long()
    for choice in range(top_k):
        best = ranked.max(dim=-1, keepdim=True).indices
        expert_index[:, choice : choice + 1] = best
        if choice + 1 < top_k:
            ranked = ranked.scatter(-1, best, -math.inf)
    return expert_index, router_probs.gather(-1, expert_index)
