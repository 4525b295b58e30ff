"""Weights as they are counted: what they do, their shape, how many copies, which a token uses.

The smallest unit of the counts. A part of a model lists its `Weights`; totals, active counts, FLOPs
and bytes are sums over such lists, and a page can show each line with its numbers filled in. Knows
nothing of families, files or hardware.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

Component = Literal[
    "embedding", "attention", "router", "routed_experts", "shared_experts", "dense_ffn", "norms",
    "lm_head", "other",
]  # fmt: skip
COMPONENTS: tuple[Component, ...] = (
    "embedding", "attention", "router", "routed_experts", "shared_experts", "dense_ffn", "norms",
    "lm_head", "other",
)  # fmt: skip
"""In the order in which a token passes them. "attention": whatever mixes positions, with its norms
on queries and keys; "shared_experts": with their gate; "other": stored for something else."""


_SIZES: dict[int, tuple[str, ...]] = {1: ("numbers",), 2: ("inputs", "outputs")}


@dataclass(frozen=True, slots=True)
class Weights:
    """Tensors of one shape and one purpose.

    Attributes:
        role: what they do, in a few words ("query projection").
        shape: of one copy.
        copies: how many there are in the model.
        multiplied: whether a token's vector is multiplied by them (a matrix product: two
            operations a weight); false for look-ups, biases, gains of norms.
        chosen: (K, E), of E such copies in a layer a token uses K; (1, 1) for those it always
            uses. `copies` is a multiple of E.
    """

    component: Component
    role: str
    shape: tuple[int, ...]
    copies: int = 1
    multiplied: bool = True
    chosen: tuple[int, int] = (1, 1)

    @property
    def parameters(self) -> int:
        """∏ shape · copies."""
        return prod(self.shape) * self.copies

    @property
    def active_parameters(self) -> int:
        """∏ shape · copies · K / E: those that one token uses."""
        k, n = self.chosen
        return prod(self.shape) * (self.copies // n * k)

    @property
    def named_sizes(self) -> tuple[tuple[str, int], ...]:
        """The shape of one copy, each size with its name: inputs and outputs of a matrix."""
        axes = tuple(f"size of axis {axis}" for axis in range(1, len(self.shape) + 1))
        names = _SIZES.get(len(self.shape), axes)
        return tuple(zip(names, self.shape, strict=True))

    def times(self, copies: int) -> Weights:
        """The same in this many layers."""
        return replace(self, copies=self.copies * copies)


def matrix(component: Component, role: str, inputs: int, outputs: int) -> Weights:
    """A linear map without a bias."""
    return Weights(component, role, (inputs, outputs))


def vector(component: Component, role: str, size: int) -> Weights:
    """A bias or a gain: added or scaled with, not multiplied as a matrix."""
    return Weights(component, role, (size,), multiplied=False)


def total(weights: Iterable[Weights]) -> int:
    """Σ parameters."""
    return sum(each.parameters for each in weights)


def active(weights: Iterable[Weights]) -> int:
    """Σ active parameters."""
    return sum(each.active_parameters for each in weights)
