"""A sigmoid of each logit, a selection bias, groups of experts: the router of DeepSeek-V3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.routers.base import Router, RouterInput, register

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor

    from moeviz.routing.record import Chosen

SUM_GUARD = 1e-20
"""Added to a sum of sigmoids before it divides, as in DeepSeek-V3's released code."""


@register
class SigmoidBiasGroups(Router):
    """A sigmoid of each logit; the chosen ones divided by their sum."""

    name = "sigmoid_bias_groups"
    order = 30
    title = "Sigmoid, renormalised"
    formula = (
        r"g_i = \gamma\, s_i \,/\, \textstyle\sum_{j \in \text{top-}k} s_j, \quad s = \sigma(x W_r)"
    )
    source = "DeepSeek-AI 2024 (DeepSeek-V3), arXiv:2412.19437, eq. 12-16"
    used_by = "DeepSeek-V3, Kimi-K2, GLM-4.5, Moonlight, dots.llm1, MiniMax-M2"
    description = (
        "A sigmoid σ scores each expert independently of the others, so a selection bias changes "
        "one expert's rank and nothing else. The gate weights are the chosen scores s, divided by "
        "their sum and multiplied by the gate scale γ (2.5 in DeepSeek-V3)."
    )

    def router_scores(self, seen: RouterInput) -> Float[Tensor, "T E"]:
        """σ(logit) of each expert."""
        return seen.router_logits.float().sigmoid()

    def router_probs(self, router_scores: Float[Tensor, "T E"]) -> Float[Tensor, "T E"]:
        """s_i / Σ_j s_j over all experts: DeepSeek-V3, eq. 19."""
        return router_scores / (router_scores.sum(dim=-1, keepdim=True) + SUM_GUARD)

    def gate_weights(
        self,
        seen: RouterInput,
        router_scores: Float[Tensor, "T E"],
        chosen: Chosen,
        assigned: Int[Tensor, " A"],
    ) -> Float[Tensor, " A"]:
        """s_i / Σ_j s_j over the chosen experts, which is a softmax of the log s_i.

        log s = −log(1 + exp(−logit)). Not divided, so that the weight of a single expert is exactly
        1 and without gradient, and experts with a score of 0 have weights too.
        """
        own = seen.router_logits.float().gather(-1, chosen.by_token(assigned))
        log_scores = -(-own).logaddexp(own.new_zeros(()))
        return log_scores.softmax(dim=-1).flatten()
