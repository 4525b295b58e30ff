"""Numbers with the sum behind them: each summand's factors named and filled in.

A page shows the sum on a click on the number. Knows nothing of how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from moeviz.accounting.terms import Term
from moeviz.accounting.units import exact, number, percent, ratio
from moeviz.accounting.weights import Weights
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES
from moeviz.texts import fill_all

Summand = tuple[str, str, str]
"""Name, product with values filled in, value."""


@dataclass(frozen=True, slots=True)
class DerivedNumber:
    """A number and its sum.

    Attributes:
        shown: rounded, with its unit. exact: in full. change: a few words below it.
        formula: in words and symbols. terms: the summands; () where the formula has all values.
        source: what is counted, by whose rule, from which paper.
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


def derived(
    words: Mapping[str, str],
    shown: str,
    exact: str,
    terms: tuple[Summand, ...] = (),
    change: str = "",
    **figures: str,
) -> DerivedNumber:
    """A number in the words of a table of strings.

    Args:
        words: its label, formula and source, and its change where that is always the same
            sentence. figures: that these have.
    """
    said = fill_all(words, **figures)
    return DerivedNumber(
        said["label"], shown, exact, said["formula"], terms, said["source"],
        said.get("change", change),
    )  # fmt: skip


_FAR, _NEAR = 2, 1e-5


def compared(value: float, start: float, name: str) -> str:
    """A value beside that of another model, in three digits: "+0.308 % vs Mixtral-8x7B".

    "1.97×" from twice on and below a half; in full where a percentage would be all zeros.
    """
    if value == start:
        return f"same as {name}"
    change = value / start - 1
    if not 1 / _FAR < value / start < _FAR:
        return f"{ratio(value / start)} {name}"
    if abs(change) < _NEAR:
        return f"{value - start:+,.10g} vs {name}"
    return f"{percent(change, signed=True)} vs {name}"


def total_summands(weights: Iterable[Weights]) -> tuple[Summand, ...]:
    """Shape · copies of each tensor."""
    return tuple(
        (each.role, product((*each.shape, each.copies)), exact(each.parameters)) for each in weights
    )


def active_summands(weights: Iterable[Weights]) -> tuple[Summand, ...]:
    """Shape · copies that one token uses, of each tensor."""
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
            _named(COMPONENT_TITLES.get(each.component, each.component), each.name),
            " · ".join(f"{number(value)} {name}" for name, value in each.factors if value != 1),
            number(each.value),
        )
        for each in terms
    )


def _named(component: str, name: str) -> str:
    """ "attention: query projection"; "router" alone."""
    return name if name == component else f"{component}: {name}"
