"""A model's tensors as a table, each with its product filled in. Knows no widgets."""

from __future__ import annotations

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.units import exact
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES
from moeviz.analysis.cost.derived_numbers import product
from moeviz.analysis.cost.tables import Cell, Table
from moeviz.texts import fill, strings

_WORDS = strings(__file__)


def tensor_table(architecture: Architecture) -> Table:
    """A row per line of `Architecture.weights`, in the order in which a token passes them."""
    rows = [
        [
            Cell(each.role),
            Cell(COMPONENT_TITLES[each.component]),
            Cell(" × ".join(map(exact, each.shape))),
            Cell(exact(each.copies), each.copies),
            Cell(_chosen(*each.chosen)),
            Cell(product((*each.shape, each.copies))),
            Cell(exact(each.parameters), each.parameters),
            Cell(exact(each.active_parameters), each.active_parameters),
        ]
        for each in architecture.weights()
    ]
    return Table(_WORDS["header"], _WORDS["units"], rows)


def _chosen(k: int, experts: int) -> str:
    return "all" if k == experts else fill(_WORDS["chosen"], k=str(k), experts=str(experts))
