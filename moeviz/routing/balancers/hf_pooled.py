"""transformers' loss: all layers' tokens are pooled before f and P are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class HFPooled(LossBalancer):
    """E · Σ_i (K·f_i) · P_i; f and P are taken over the tokens of all layers; not divided by K."""

    name = "hf_pooled"
    order = 50
    title = "Hugging Face (layers pooled)"
    short = "Pooled loss"
    formula = (
        r"E \sum_i \frac{\sum_l c_i^l}{LT} \cdot "
        r"\frac{1}{L}\sum_l P_i^l"
    )
    source = "transformers `load_balancing_loss_func` of Mixtral, Qwen-MoE, OLMoE, DBRX and others"
    used_by = "Mixtral (α = 0.02), Qwen-MoE (0.001) and DBRX (0.05) in transformers"
    defaults = {"aux_coefficient": 0.02}
    description = (
        "The counts c and mean probabilities P of all layers l are averaged before they are "
        "multiplied, and the counts are not divided by k. Two layers that have collapsed onto "
        "different experts can look even, because only the sum of their loads counts."
    )
    at_even = "k"
    at_collapse = "E"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """K at an even load, for every L."""
        tokens = len(step.layers) * step.layers[0].assignments.chosen.n_tokens
        pooled = step.counts.sum(dim=0) / tokens
        return step.layers[0].n_experts * (pooled * step.probs.mean(dim=(0, 1))).sum()
