"""MegaBlocks' loss: Switch's, averaged over layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import State, StepRouting, register
from moeviz.routing.balancers.switch import Switch

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class MegaBlocks(Switch):
    """(1/L) Σ_l E · Σ_i f_i · P_i; f_i is a share of all T·K assignments; layers are averaged."""

    name = "megablocks"
    order = 60
    title = "MegaBlocks (layers averaged)"
    short = "Mean loss"
    formula = r"\frac{1}{L} \sum_l E \sum_i f_i P_i"
    source = "Gale et al. 2022, arXiv:2211.15841; MegaBlocks' `batched_load_balancing_loss`"
    used_by = "OLMoE (α = 0.01)"
    defaults = {"aux_coefficient": 0.01}
    description = (
        "The load-balancing loss of Switch, with load f and mean probability P, averaged over "
        "the L layers l. Each layer gets an L times smaller gradient than when layers are "
        "added."
    )
    at_even = "1"
    at_collapse = "E/k"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """1 at an even load."""
        return super().loss(step, state) / len(step.layers)
