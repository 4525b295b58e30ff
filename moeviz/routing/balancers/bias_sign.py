"""Auxiliary-loss-free balancing: a bias per expert that moves a fixed step against its load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.config import BalanceConfig
from moeviz.routing.balancers.base import Balancer, State, StepRouting, register

if TYPE_CHECKING:
    from torch import Tensor


@register
class BiasSign(Balancer):
    """A bias per expert that moves a fixed step against its load, outside the gradient."""

    name = "bias_sign"
    order = 100
    title = "Selection bias (auxiliary-loss-free)"
    short = "Selection bias"
    trained = "with a selection bias"
    acts = "The selection bias"
    pushes = "it lowers the scores of crowded experts and raises those of idle ones"
    formula = r"b_i \leftarrow b_i + u \cdot \operatorname{sign}(\bar f - f_i)"
    source = "Wang et al. 2024, arXiv:2408.15664, algorithm 1"
    used_by = "DeepSeek-V3 (u = 0.001), beside a small sequence-wise loss"
    causal = "Causal: the bias of a step comes from the steps before it."
    description = (
        "Each expert has a selection bias b. After each step b falls by u if the expert got more "
        "than an even share f̄, and rises by u if it got less. It is used to select experts, "
        "not in their gate weights, so no gradient competes with the cross-entropy."
    )
    knobs = ("bias_update_rate",)
    defaults = {"bias_update_rate": 0.001}

    def state(self, n_layers: int, n_experts: int) -> dict[str, Tensor]:
        """selection_bias (L, E), which routers add to the scores that they rank."""
        import torch

        return {"selection_bias": torch.zeros(n_layers, n_experts)}

    def after_step(
        self, step: StepRouting, state: State, config: BalanceConfig
    ) -> dict[str, Tensor]:
        """b_i + u · sign(mean f − f_i).

        Compared as counts, which are whole numbers: E · c_i against Σ c.
        """
        counts = step.counts
        over = counts * counts.shape[-1] - counts.sum(dim=-1, keepdim=True)
        bias = state["selection_bias"] - config.bias_update_rate * over.sign()
        return {**state, "selection_bias": bias}
