"""The load-balancing loss of Switch, for every k; what the lab trains with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register
from moeviz.routing.losses import load_balancing_loss

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class Switch(LossBalancer):
    """Σ_l E · Σ_i f_i · P_i; f_i is a share of all T·K assignments; layers are added."""

    name = "switch"
    order = 40
    title = "Load-balancing loss (Switch)"
    short = "Balance loss"
    formula = r"\sum_l E \sum_i f_i P_i"
    source = (
        "Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, eq. 4-6 for k = 1; for every k "
        "Megatron-Core's `switch_load_balancing_loss_func`"
    )
    used_by = "this app; Switch (α = 0.01); Megatron-Core"
    defaults = {"aux_coefficient": 0.01}
    description = (
        "Adds α · E · Σ f_i · P_i of each layer l to the cross-entropy. f_i is the load of "
        "expert i (its share of the assignments), P_i its mean router probability, α the "
        "coefficient. The gradient lowers the probability of busy experts."
    )
    at_even = "L"
    at_collapse = "L·E/k"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """L at an even load; L·E/K if the same K experts get everything."""
        total = step.layers[0].router_probs.new_zeros(())
        for each in step.layers:
            total = total + load_balancing_loss(each.router_probs, each.assignments.chosen.expert)
        return total
