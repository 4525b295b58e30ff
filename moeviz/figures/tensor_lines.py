"""A model's tensors as lines of a table, each with its product filled in. Knows no widgets."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.accounting.architecture import Architecture
from moeviz.figures.component_bars import COMPONENT_TITLES
from moeviz.figures.derivation import product

TENSOR_HEADER = (
    "Tensor", "Component", "Shape", "Copies", "Met", "Product", "Parameters", "Active",
)  # fmt: skip
TENSOR_UNITS = ("", "", "numbers", "tensors", "of the copies", "", "all copies", "parameters")
"""Of the values in full, where a file has them without."""


@dataclass(frozen=True, slots=True)
class TensorLine:
    """Tensors of one shape and purpose.

    Attributes:
        met: how many of the copies a token meets, in words. filled: the product with its values.
    """

    role: str
    component: str
    shape: str
    copies: int
    met: str
    filled: str
    parameters: int
    active_parameters: int


def tensor_lines(architecture: Architecture) -> tuple[TensorLine, ...]:
    """Every line of `Architecture.weights`, in the order in which a token meets them."""
    return tuple(
        TensorLine(
            each.role,
            COMPONENT_TITLES[each.component],
            " × ".join(f"{size:,}" for size in each.shape),
            each.copies,
            "all" if each.chosen[0] == each.chosen[1] else "{} of {} a layer".format(*each.chosen),
            product((*each.shape, each.copies)),
            each.parameters,
            each.active_parameters,
        )
        for each in architecture.weights()
    )
