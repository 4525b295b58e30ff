"""Numbers with the sum that they come from: each summand's factors named and filled in.

What a page shows on a click on a number. Knows nothing of how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moeviz.accounting.terms import Term
from moeviz.accounting.units import exact, number
from moeviz.accounting.weights import Weights
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES

Summand = tuple[str, str, str]
"""Name, product with values filled in, value."""


@dataclass(frozen=True, slots=True)
class DerivedNumber:
    """A number, and how it comes.

    Attributes:
        shown: rounded, with its unit. exact: in full. change: a few words below it.
        formula: in symbols. terms: the summands; () where the formula is all.
        source: who says so.
    """

    label: str
    shown: str
    exact: str
    formula: str
    terms: tuple[Summand, ...] = ()
    source: str = ""
    change: str = ""

    @property
    def table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        """Header and lines: summands, factors or steps; products where there are any."""
        if any(filled for _, filled, _ in self.terms):
            return ("Quantity", "Product", "Value"), self.terms
        return ("Quantity", "Value"), [(name, value) for name, _, value in self.terms]


def stored_summands(weights: Iterable[Weights]) -> tuple[Summand, ...]:
    """∏ shape · copies of each tensor."""
    return tuple(
        (each.role, product((*each.shape, each.copies)), exact(each.parameters)) for each in weights
    )


def active_summands(weights: Iterable[Weights]) -> tuple[Summand, ...]:
    """∏ shape · copies · k / N of each tensor."""
    return tuple(
        (
            each.role,
            product((*each.shape, each.copies // each.chosen[1] * each.chosen[0])),
            exact(each.active_parameters),
        )
        for each in weights
    )


def product(factors: Sequence[int]) -> str:
    """The factors that are not 1: "4,096 · 14,336 · 64"."""
    return " · ".join(exact(each) for each in factors if each != 1) or "1"


def term_summands(terms: Iterable[Term]) -> tuple[Summand, ...]:
    """∏ factors of each term, the factors named."""
    return tuple(
        (
            f"{COMPONENT_TITLES.get(each.component, each.component)}: {each.name}",
            " · ".join(f"{number(value)} {name}" for name, value in each.factors if value != 1),
            number(each.value),
        )
        for each in terms
    )
