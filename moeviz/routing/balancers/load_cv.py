"""The load loss: the squared variation of a smooth estimate of the experts' counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from moeviz.routing.record import Routing


@register
class LoadCV(LossBalancer):
    """Σ_l CV(Load)²; Load_i is the expected number of tokens that choose expert i under noise."""

    name = "load_cv"
    order = 20
    title = "Load loss (CV²)"
    short = "Load loss"
    formula = (
        r"\sum_l \mathrm{CV}\Big(\sum_t "
        r"\Phi\Big(\frac{h_i(x_t) - \theta_i(x_t)}{\sigma}\Big)\Big)^2"
    )
    source = "Shazeer et al. 2017, arXiv:1701.06538, eq. 8-11; σ = 1/E as in V-MoE's code"
    used_by = "Shazeer et al. 2017 (α = 0.1), beside the importance loss; V-MoE"
    defaults = {"aux_coefficient": 0.1}
    description = (
        "Counts have no gradient, so the loss uses a smooth estimate: the probability Φ that the "
        "logit h of expert i, with normal noise of standard deviation σ, passes the threshold θ "
        "it needs to be among the top k. σ is the router noise, or 1/E when that is 0. The loss "
        "is the squared coefficient of variation (CV) of the estimated counts, added up over the "
        "layers l."
    )
    at_even = "0"
    at_collapse = "L·(E/k − 1)"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """Per layer 0 if the estimates are even, E/K − 1 if K experts are certain of all tokens."""
        from moeviz.routing.metrics import load_cv  # here: the words are read without numpy

        total = step.layers[0].router_probs.new_zeros(())
        for each in step.layers:
            sigma = step.router_noise or 1 / each.n_experts
            total = total + load_cv(smooth_load(each, sigma)).square()
        return total


def smooth_load(routing: Routing, sigma: float) -> Float[Tensor, " E"]:
    """Load_i = Σ_t Φ((h_ti − θ_ti) / σ), h the clean logits.

    θ_ti is the K-th largest of the token's other noisy logits, which expert i has to beat; with
    K = E there is none, and every expert gets every token. Where tokens have different numbers of
    experts, K is their mean, rounded, at least 1.
    """
    noisy = routing.router_logits
    n_tokens, n_experts = noisy.shape
    top_k = max(1, round(routing.assignments.chosen.experts_per_token))
    if top_k >= n_experts:
        return noisy.new_full((n_experts,), float(n_tokens))
    largest = noisy.topk(top_k + 1, dim=-1).values
    inside, outside = largest[:, top_k : top_k + 1], largest[:, top_k - 1 : top_k]
    threshold = inside.where(noisy >= outside, outside)
    distance = (routing.clean_logits - threshold) / (sigma * math.sqrt(2))
    return (0.5 * (1 + distance.erf())).sum(dim=0)
