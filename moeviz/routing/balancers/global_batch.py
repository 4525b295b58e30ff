"""The global-batch loss of Qwen: counts over several batches, probabilities of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.config import BalanceConfig
from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

GLOBAL_BATCHES = 4
"""Batches whose counts are added up: this one and the ones before it."""


@register
class GlobalBatch(LossBalancer):
    """Σ_l E · Σ_i f_i · P_i; f_i over GLOBAL_BATCHES batches, P_i over this one; layers added."""

    name = "global_batch"
    order = 80
    title = "Global-batch loss"
    short = "Global batch"
    formula = (
        r"\sum_l E \sum_i "
        r"\frac{c_i^{\mathrm{all}}}{kT^{\mathrm{all}}} P_i"
    )
    source = "Qiu et al. 2025 (Qwen), arXiv:2501.11873, with its buffer of counts"
    used_by = "the Qwen team"
    defaults = {"aux_coefficient": 0.01}
    description = (
        f"The counts c of each layer l are added up over {GLOBAL_BATCHES} batches, P is of the "
        "present one. A single batch may then be uneven, so experts can specialise by topic. Qwen "
        "adds up the batches of all devices; here they are those of the last steps."
    )
    at_even = "L"
    at_collapse = "L·E/k"

    def state(self, n_layers: int, n_experts: int) -> dict[str, Tensor]:
        """earlier_counts (L, GLOBAL_BATCHES − 1, E), the latest first; 0 before the first steps."""
        import torch

        return {"earlier_counts": torch.zeros(n_layers, GLOBAL_BATCHES - 1, n_experts)}

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """L at an even load over all batches, even if this batch is uneven."""
        counts = step.counts + state["earlier_counts"].sum(dim=1)
        f = counts / counts.sum(dim=-1, keepdim=True)
        return step.layers[0].n_experts * (f * step.probs.mean(dim=1)).sum()

    def after_step(
        self, step: StepRouting, state: State, config: BalanceConfig
    ) -> dict[str, Tensor]:
        """This batch's counts first, the oldest forgotten."""
        import torch

        counts = torch.cat([step.counts[:, None], state["earlier_counts"][:, :-1]], dim=1)
        return {**state, "earlier_counts": counts}
