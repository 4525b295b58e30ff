"""Auxiliary losses of the router, unscaled. Knows nothing of coefficients or of who adds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.metrics import expert_load

if TYPE_CHECKING:
    from jaxtyping import Float, Int
    from torch import Tensor


def load_balancing_loss(
    router_probs: Float[Tensor, "T E"], expert: Int[Tensor, "*assignments"]
) -> Float[Tensor, ""]:
    """Switch load-balancing loss, unscaled: E · Σ_i f_i · P_i.

    f_i is the share of the T·K assignments that went to expert i (no gradient);
    P_i is the mean router probability of expert i (carries the gradient).
    It is 1 when f or P is even, whatever the other, and at most E/K, when the same K experts get
    every token and all probability. It can fall below 1, where busy experts have low probability.
    So 1 does not show balance: a flat router (P = 1/E) scores 1 even if K experts get everything.

    Args:
        router_probs: a distribution over all E experts, before top-k.
        expert: the chosen expert of each assignment.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 4-6 (K = 1 there). f_i is divided
    by K as in Megatron-Core and MegaBlocks; transformers' Mixtral does not, and gets K times this.
    """
    n_experts = router_probs.shape[-1]
    mean_router_prob = router_probs.mean(dim=0)
    return n_experts * (expert_load(expert, n_experts) * mean_router_prob).sum()


def router_z_loss(router_logits: Float[Tensor, "T E"]) -> Float[Tensor, ""]:
    """Mean over tokens of (log Σ_i exp logit_i)², unscaled: keeps router logits small.

    In squared nats; (log E)² when all logits are 0. It depends on neither K nor the load: at total
    collapse it is anything from 0 up.

    Source: Zoph et al. 2022 (ST-MoE), arXiv:2202.08906, the router z-loss L_z.
    """
    return router_logits.float().logsumexp(dim=-1).square().mean()
