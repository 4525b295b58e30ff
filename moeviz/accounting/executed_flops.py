"""Operations that a kernel of fixed shapes executes against those that are of use.

With a capacity every expert computes C rows, used or not: a dropped assignment is work not done, an
empty slot is padding. Knows nothing of who was routed where.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.bounds import whole
from moeviz.accounting.weights import Weights
from moeviz.config import ConfigError


@dataclass(frozen=True, slots=True)
class ExecutedFlops:
    """Of the routed experts of all layers, one forward pass.

    Attributes:
        flops_per_slot: of one expert for one row. slots: E·C. assigned: T·K.
        n_layers: mixture layers.
    """

    flops_per_slot: int
    n_layers: int
    slots: int
    assigned: int

    @property
    def kept(self) -> int:
        """min(T·K, E·C): as many as fit, which holds when routing is even."""
        return min(self.assigned, self.slots)

    @property
    def executed(self) -> int:
        """L·E·C·flops of a slot."""
        return self.n_layers * self.slots * self.flops_per_slot

    @property
    def useful(self) -> int:
        """L·kept·flops of a slot."""
        return self.n_layers * self.kept * self.flops_per_slot

    @property
    def wanted(self) -> int:
        """L·T·K·flops of a slot: what dropless routing computes."""
        return self.n_layers * self.assigned * self.flops_per_slot

    @property
    def padding_fraction(self) -> Fraction:
        """1 − kept / (E·C)."""
        return 1 - Fraction(self.kept, self.slots)

    @property
    def dropped_fraction(self) -> Fraction:
        """1 − kept / (T·K)."""
        return 1 - Fraction(self.kept, self.assigned)


def executed_flops(architecture: Architecture, n_tokens: int, capacity: int) -> ExecutedFlops:
    """A layer computes E·C slots for T·K assignments; at even routing the smaller number is of use.

    Args:
        n_tokens: T, routed together.
        capacity: C, slots an expert: ⌈CF·K·T/E⌉ in `routing.capacity`, otherwise elsewhere.

    Raises:
        ConfigError: no mixture in the model, or mixtures that differ.

    Source: Fedus, Zoph and Shazeer 2021, arXiv:2101.03961, section 2.2.
    """
    mixtures = [(stack.n_layers, m) for stack in architecture.stacks if (m := stack.mixture)]
    shapes = {(m.n_experts, m.top_k, _row_flops(m.expert_weights())) for _, m in mixtures}
    if len(shapes) != 1:
        raise ConfigError("n_experts", sorted(shapes), "one size and k in all mixture layers")
    n_experts, top_k, flops = shapes.pop()
    slots = n_experts * whole("capacity", capacity)
    assigned = whole("n_tokens", n_tokens) * top_k
    return ExecutedFlops(flops, sum(layers for layers, _ in mixtures), slots, assigned)


def _row_flops(weights: tuple[Weights, ...]) -> int:
    return sum(2 * each.parameters for each in weights if each.multiplied)
