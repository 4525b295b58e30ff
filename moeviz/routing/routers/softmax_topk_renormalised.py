"""Softmax over all experts, then top-k, then divided by the sum of the chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.routers.base import Router, RouterInput, register

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

    from moeviz.routing.record import Chosen


@register
class SoftmaxTopKRenormalised(Router):
    """Probabilities over all experts, divided by the sum of the chosen ones."""

    name = "softmax_topk_renormalised"
    order = 10
    title = "Softmax, renormalised"
    formula = r"g_i = p_i \,/\, \textstyle\sum_{j \in \text{top-}k} p_j"
    source = "Jiang et al. 2024 (Mixtral), arXiv:2401.04088, section 2.1; Qwen3-MoE's released code"
    used_by = "Mixtral, Qwen3-MoE, MiniMax-01, Hunyuan-A13B"
    description = (
        "The gate weights of the chosen experts are divided by their sum, so they sum to 1. With "
        "k = 1 the weight is always 1, and the cross-entropy no longer trains the router."
    )

    def gate_weights(
        self,
        seen: RouterInput,
        router_scores: Float[Tensor, "T E"],
        chosen: Chosen,
        assigned: Int[Tensor, " A"],
    ) -> Float[Tensor, " A"]:
        """p_i / Σ_j p_j over the chosen experts, which is a softmax of their logits alone.

        Not divided, so that the weight of a single expert is exactly 1 and without gradient, and
        experts that a bias or re-routing chose against a probability of 0 have weights too.
        """
        own = seen.router_logits.float().gather(-1, chosen.by_token(assigned))
        return own.softmax(dim=-1).flatten()
