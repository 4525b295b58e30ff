"""The rule 6·N·D against the exact count: how far it is off, and from which context on it breaks.

Knows nothing of hardware or of what is trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.flops import Masking, forward_flops, training_flops
from moeviz.accounting.parameters import ActiveConvention, parameter_count
from moeviz.accounting.terms import Exact
from moeviz.config import ConfigError

LONGEST = 2**40
"""No context that anybody would ask for is longer."""


@dataclass(frozen=True, slots=True)
class RuleOfSix:
    """What the rule says beside the exact count.

    Attributes:
        active_parameters: N by the convention. tokens: D.
        rule, exact: operations of the training. ratio: exact / rule.
        breaking_context: the shortest context at which attention's products cost as much as the
            weights; None where windows keep them below at any length.
    """

    active_parameters: int
    tokens: int
    rule: int
    exact: Exact
    ratio: Fraction
    breaking_context: int | None


def rule_of_six(
    architecture: Architecture,
    tokens: int,
    context: int,
    masking: Masking = "causal",
    convention: ActiveConvention = "minus_input_embedding",
) -> RuleOfSix:
    """6·N·D against 3·forward·D, at N active parameters.

    The rule counts every active weight as multiplied, and no products between positions.

    Source: Kaplan et al. 2020, arXiv:2001.08361, eq. 2.2 and table 1; there N has neither
    embedding nor head.
    """
    active = parameter_count(architecture).active
    if convention not in active:
        raise ConfigError("convention", convention, "one of " + ", ".join(active))
    exact = training_flops(architecture, tokens, context, masking)
    rule = 6 * active[convention] * tokens
    return RuleOfSix(
        active[convention],
        tokens,
        rule,
        exact,
        Fraction(exact) / rule,
        breaking_context(architecture, masking),
    )


def breaking_context(architecture: Architecture, masking: Masking = "causal") -> int | None:
    """The smallest S at which the products between positions cost what the weights cost, or None.

    The mean of positions seen grows with S, so the first such S is found by halving.
    """
    if not _products_rule(architecture, masking, LONGEST):
        return None
    below, at = 0, LONGEST
    while at - below > 1:
        middle = (below + at) // 2
        below, at = (
            (below, middle) if _products_rule(architecture, masking, middle) else (middle, at)
        )
    return at


def _products_rule(architecture: Architecture, masking: Masking, context: int) -> bool:
    count = forward_flops(architecture, context, masking)
    return 2 * count.components.get("attention_products", 0) >= count.total
