"""The sequence-wise loss of DeepSeek: f and P are taken over one sequence at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeviz.routing.balancers.base import LossBalancer, State, StepRouting, register

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


@register
class SequenceWise(LossBalancer):
    """Σ_l mean over sequences of E · Σ_i f_i · P_i, f and P of one sequence; layers are added."""

    name = "sequence"
    order = 70
    title = "Sequence-wise loss"
    short = "Per sequence"
    formula = (
        r"\sum_l \frac{1}{B} \sum_q E \sum_i "
        r"\frac{c_i^q}{kS} P_i^q"
    )
    source = (
        "DeepSeek-AI 2024, DeepSeek-V2, arXiv:2405.04434, eq. 23-25; DeepSeek-V3, "
        "arXiv:2412.19437, eq. 17-20"
    )
    used_by = "DeepSeek-V2; DeepSeek-V3 (α = 0.0001, beside its selection bias)"
    defaults = {"aux_coefficient": 1e-4}
    description = (
        "The load-balancing loss of each of the B sequences q on its own, from its counts c and "
        "mean probabilities P, averaged over sequences and added up over the layers l. Every "
        "sequence then has to use all experts evenly, so experts can specialise less by topic "
        "than with the loss of a whole batch."
    )
    at_even = "L"
    at_collapse = "L·E/k"

    def loss(self, step: StepRouting, state: State) -> Float[Tensor, ""]:
        """L at an even load in every sequence; more if sequences differ, even if the batch is even.

        A list need not have as many assignments in every sequence: f is of a sequence's own.
        """
        total, n_sequences = step.layers[0].router_probs.new_zeros(()), step.n_sequences
        for each in step.layers:
            chosen, n_experts = each.assignments.chosen, each.n_experts
            sequence = chosen.token // (chosen.n_tokens // n_sequences)
            cell = sequence * n_experts + chosen.expert
            counts = cell.bincount(minlength=n_sequences * n_experts).view(n_sequences, n_experts)
            f = counts / counts.sum(dim=-1, keepdim=True)
            probs = each.router_probs.view(n_sequences, -1, n_experts).mean(dim=1)
            total = total + n_experts * (f * probs).sum() / n_sequences
        return total
