"""The importance loss: the squared variation of the experts' summed gate weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class Importance(LossBalancer):
    """Σ_l CV(Σ_t G(x_t))²; G holds the chosen experts' probabilities, renormalised, 0 elsewhere."""

    name = "importance"
    order = 10
    title = "Importance loss (CV²)"
    short = "Importance"
    formula = r"\sum_l \mathrm{CV}\Big(\sum_t G(x_t)\Big)^2"
    source = "Shazeer et al. 2017, arXiv:1701.06538, eq. 6-7; variance over the E experts"
    used_by = "Shazeer et al. 2017 (α = 0.1), beside a second loss on the load; V-MoE"
    defaults = {"aux_coefficient": 0.1}
    description = (
        "G(x) holds the probabilities of a token's chosen experts, divided by their sum, and 0 "
        "for the others: the gate weights of a router that renormalises. The loss is the "
        "squared coefficient of variation (CV) of their sums over the batch, added up over the "
        "layers l. It evens the weights, not the counts. With k = 1 every weight is 1, so there "
        "is no gradient."
    )
    at_even = "0"
    at_collapse = "L·(E/k − 1)"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """Per layer 0 if all experts get the same sum of weights, E/K − 1 if K of them get all."""
        from moeviz.routing.metrics import load_cv  # here: the words are read without numpy

        total = step.layers[0].router_probs.new_zeros(())
        for each in step.layers:
            chosen = each.assignments.chosen
            own = each.router_probs[chosen.token, chosen.expert]
            of_token = own.new_zeros(chosen.n_tokens).index_add(0, chosen.token, own)
            gates = own / of_token[chosen.token]
            sums = own.new_zeros(each.n_experts).index_add(0, chosen.expert, gates)
            total = total + load_cv(sums).square()
        return total
