"""Sums whose summands can be shown: every term is a product of factors that have names.

What a closed form returns instead of a bare number, so that a page fills its formula with values
and a sum is never without its parts. Knows nothing of what is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import prod

Exact = int | Fraction


@dataclass(frozen=True, slots=True)
class Term:
    """∏ factors, exact.

    Attributes:
        component: what it is a part of ("attention_products", "routed_experts"…).
        name: what it is, in a few words ("query projection").
        factors: (name with its unit, value), in the order in which a formula has them.
    """

    component: str
    name: str
    factors: tuple[tuple[str, Exact], ...]

    @property
    def value(self) -> Exact:
        """Whole numbers stay whole numbers."""
        return simplified(prod((value for _, value in self.factors), start=1))

    def times(self, name: str, value: Exact) -> Term:
        """The same with one more factor."""
        return Term(self.component, self.name, (*self.factors, (name, value)))


def total(terms: Iterable[Term]) -> Exact:
    """Σ values."""
    return simplified(sum((term.value for term in terms), start=0))


def by_component(terms: Iterable[Term]) -> dict[str, Exact]:
    """Σ values of each component, in the order in which they first appear."""
    sums: dict[str, Exact] = {}
    for term in terms:
        sums[term.component] = simplified(sums.get(term.component, 0) + term.value)
    return sums


def simplified(value: Exact) -> Exact:
    """A fraction that is whole, as a whole number."""
    return int(value) if value == int(value) else value
