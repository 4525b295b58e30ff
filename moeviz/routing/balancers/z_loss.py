"""The router z-loss on its own: it keeps logits small and does not balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register
from moeviz.routing.losses import router_z_loss

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class ZLoss(LossBalancer):
    """Σ_l mean over tokens of (log Σ_i exp logit_i)²."""

    name = "z_loss"
    order = 90
    title = "Router z-loss alone"
    short = "z-loss"
    trained = "with the router z-loss alone"
    acts, pushes = "", ""
    beside_z_loss = False
    formula = (
        r"\sum_l \frac{1}{T} \sum_t "
        r"\Big(\log \sum_i \exp h_i(x_t)\Big)^2"
    )
    source = "Zoph et al. 2022 (ST-MoE), arXiv:2202.08906, eq. 5"
    used_by = "ST-MoE (0.001), Granite and OLMoE, beside a load-balancing loss"
    defaults = {"aux_coefficient": 1e-3}
    description = (
        "Adds α times the mean squared log-sum-exp of the router logits h of each layer l. It "
        "keeps logits small and training stable. It does not balance the load. The knob *Router "
        "z-loss* has no effect here: it adds the same loss beside every other method."
    )

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """L·(ln E)² when all logits are 0."""
        total = step.layers[0].router_probs.new_zeros(())
        for each in step.layers:
            total = total + router_z_loss(each.router_logits)
        return total
