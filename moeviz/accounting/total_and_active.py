"""Total and active parameters as two sums: why a model named "8x7B" has not 8 · 7B parameters.

Knows nothing of sliders or of how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.weights import total


@dataclass(frozen=True, slots=True)
class TotalAndActive:
    """total = outside + E·expert_everywhere, active = outside + K·expert_everywhere.

    Holds where all MoE layers have the same E experts and the same K experts per token.

    Attributes:
        n_moe_layers: layers that have experts.
        expert: parameters of one routed expert in one layer.
        outside_experts: parameters outside the routed experts: every token uses them.
    """

    n_experts: int
    top_k: int
    n_moe_layers: int
    expert: int
    outside_experts: int

    @property
    def expert_everywhere(self) -> int:
        """n_moe_layers · expert: what one more expert in each MoE layer adds."""
        return self.n_moe_layers * self.expert

    @property
    def total(self) -> int:
        """outside_experts + E·expert_everywhere."""
        return self.outside_experts + self.n_experts * self.expert_everywhere

    @property
    def active(self) -> int:
        """outside_experts + K·expert_everywhere, embedding and head counted."""
        return self.outside_experts + self.top_k * self.expert_everywhere

    @property
    def with_one_expert(self) -> int:
        """outside_experts + expert_everywhere: the model with one expert in each MoE layer."""
        return self.outside_experts + self.expert_everywhere

    @property
    def naive_total(self) -> int:
        """E·with_one_expert: what the name suggests."""
        return self.n_experts * self.with_one_expert


def total_and_active(architecture: Architecture) -> TotalAndActive | None:
    """The sums, or None where MoE layers differ or there are none."""
    mixtures = [(stack, stack.mixture) for stack in architecture.stacks if stack.mixture]
    kinds = {_kind(mixture) for _, mixture in mixtures if mixture}
    if len(kinds) != 1:
        return None
    ((n_experts, top_k, expert),) = kinds
    layers = sum(stack.n_layers for stack, _ in mixtures)
    everything = total(architecture.weights())
    return TotalAndActive(
        n_experts, top_k, layers, expert, everything - n_experts * layers * expert
    )


def _kind(mixture: MixtureFeedForward) -> tuple[int, int, int]:
    return mixture.n_experts, mixture.top_k, total(mixture.expert_weights())
