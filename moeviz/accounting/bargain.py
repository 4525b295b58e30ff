"""What a mixture buys: the sums behind names like "8x7B".

Knows nothing of sliders or of how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.parts import MixtureFeedForward
from moeviz.accounting.weights import total


@dataclass(frozen=True, slots=True)
class Bargain:
    """total = always + N·slice, active = always + k·slice, where all mixtures have N and k.

    Attributes:
        slice: one routed expert in every mixture layer together. always: all other weights.
    """

    n_experts: int
    top_k: int
    n_mixtures: int
    expert: int
    always: int

    @property
    def slice(self) -> int:
        """L_mixture · expert: what one more expert a layer adds."""
        return self.n_mixtures * self.expert

    @property
    def total(self) -> int:
        """always + N·slice."""
        return self.always + self.n_experts * self.slice

    @property
    def active(self) -> int:
        """always + k·slice, both vocabulary tables counted."""
        return self.always + self.top_k * self.slice

    @property
    def one_expert(self) -> int:
        """always + slice: the model with a single expert, what the name multiplies."""
        return self.always + self.slice

    @property
    def naive_total(self) -> int:
        """N·(always + slice): what the name says."""
        return self.n_experts * self.one_expert


def bargain(architecture: Architecture) -> Bargain | None:
    """The sums, or None where the layers' mixtures differ or there are none."""
    mixtures = [(stack, stack.mixture) for stack in architecture.stacks if stack.mixture]
    kinds = {_kind(mixture) for _, mixture in mixtures if mixture}
    if len(kinds) != 1:
        return None
    ((n_experts, top_k, expert),) = kinds
    layers = sum(stack.n_layers for stack, _ in mixtures)
    everything = total(architecture.weights())
    return Bargain(n_experts, top_k, layers, expert, everything - n_experts * layers * expert)


def _kind(mixture: MixtureFeedForward) -> tuple[int, int, int]:
    return mixture.n_experts, mixture.top_k, total(mixture.expert_weights())
