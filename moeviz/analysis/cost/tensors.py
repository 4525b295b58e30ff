"""A model's tensors as a table, each with its product filled in. Knows no widgets."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.units import exact
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES
from moeviz.analysis.cost.derived_numbers import product
from moeviz.analysis.cost.tables import Cell, Table

_HEADER = (
    "Tensor", "Component", "Shape", "Copies", "Met", "Product", "Parameters", "Active",
)  # fmt: skip
_UNITS = ("", "", "numbers", "tensors", "of the copies", "", "all copies", "parameters")


def tensor_table(architecture: Architecture) -> Table:
    """Every line of `Architecture.weights`, in the order in which a token meets them."""
    rows = [
        [
            Cell(each.role),
            Cell(COMPONENT_TITLES[each.component]),
            Cell(" × ".join(map(exact, each.shape))),
            Cell(exact(each.copies), each.copies),
            Cell(
                "all"
                if each.chosen[0] == each.chosen[1]
                else "{} of {} a layer".format(*each.chosen)
            ),
            Cell(product((*each.shape, each.copies))),
            Cell(exact(each.parameters), each.parameters),
            Cell(exact(each.active_parameters), each.active_parameters),
        ]
        for each in architecture.weights()
    ]
    return Table(_HEADER, _UNITS, rows)
