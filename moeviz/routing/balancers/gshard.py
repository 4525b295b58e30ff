"""GShard's loss: counts each token's assignment of preference 0 alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class GShard(LossBalancer):
    """Σ_l E · Σ_i (c_i / T) · P_i; c_i counts the tokens whose highest score is expert i."""

    name = "gshard"
    order = 30
    title = "GShard (preference 0)"
    short = "GShard"
    formula = r"\sum_l E \sum_i \frac{c_i^{(1)}}{T} P_i"
    source = (
        "Lepikhin et al. 2020, arXiv:2006.16668, algorithm 1, times E² as in Mesh-TensorFlow and "
        "Lingvo"
    )
    used_by = "Mesh-TensorFlow, Lingvo; DeepSpeed `top2gating`; Tutel `gshard_loss`; V-MoE"
    defaults = {"aux_coefficient": 0.01}
    description = (
        "c_i counts the tokens whose highest score is expert i, in each layer l. Assignments of "
        "lower preference may all go to one expert. Algorithm 1 as printed has 1/E in place of "
        "E: its loss is E² times smaller, so the same α acts E² times more weakly."
    )
    at_even = "L"
    at_collapse = "L·E/k"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """L if the assignments of preference 0 are even."""
        total = step.layers[0].router_probs.new_zeros(())
        for each in step.layers:
            chosen = each.assignments.chosen
            first = chosen.expert[chosen.preference == 0]
            share = first.bincount(minlength=each.n_experts) / chosen.n_tokens
            total = total + each.n_experts * (share * each.router_probs.mean(dim=0)).sum()
        return total
