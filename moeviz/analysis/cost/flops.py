"""Operations for people: by component, by context, against 6·N·D, under a capacity factor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.executed_flops import ExecutedFlops, executed_flops
from moeviz.accounting.flops import FlopCount, Masking, forward_flops
from moeviz.accounting.flops_rule import RuleOfSix, rule_of_six
from moeviz.accounting.terms import simplified
from moeviz.accounting.units import count, exact, number, operations, percent, ratio
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.derived_numbers import DerivedNumber, term_summands

CONTEXTS = tuple(2**power for power in range(7, 21))
"""Tokens of a sequence: stops of sliders, and points of the lines."""


@dataclass(frozen=True, slots=True)
class FlopsInfo:
    """A forward pass at one context and at all of them, and a training by the rule.

    Attributes:
        by_context: (context, operations a token on weights, on attention's products).
    """

    context: int
    forward: FlopCount
    rule: RuleOfSix
    by_context: tuple[tuple[int, float, float], ...]


def flops_info(
    architecture: Architecture, context: int, masking: Masking, tokens: int
) -> FlopsInfo:
    """Counts at this context and over powers of two.

    Args:
        tokens: D, of the training.
    """
    points = []
    for each in sorted({*CONTEXTS, context}):
        flops = forward_flops(architecture, each, masking)
        products = Fraction(flops.components.get("attention_products", 0)) / each
        points.append((each, float(flops.per_token - products), float(products)))
    return FlopsInfo(
        context,
        forward_flops(architecture, context, masking),
        rule_of_six(architecture, tokens, context, masking),
        tuple(points),
    )


def flops_numbers(info: FlopsInfo) -> tuple[DerivedNumber, ...]:
    """A token forward, the training, the rule beside it, and where the rule breaks."""
    rule, flops = info.rule, info.forward
    broken = rule.breaking_context
    return (
        DerivedNumber(
            "A token, forward", operations(float(flops.per_token)),
            f"{number(flops.per_token)} operations",
            f"Σ summands / {exact(info.context)} tokens", term_summands(flops.terms),
            "Two operations a weight of a matrix product; the summands are of the whole context. "
            "As torch's FlopCounterMode counts.",
        ),
        DerivedNumber(
            "The training", operations(float(rule.exact)), f"{number(rule.exact)} operations",
            "3 · forward · D",
            (
                ("forward a token", "", number(flops.per_token)),
                ("tokens D", "", exact(rule.tokens)),
            ),
            "The backward pass takes every matrix product twice. Kaplan et al. 2020, "
            "arXiv:2001.08361, section 2.1.",
        ),
        DerivedNumber(
            "6 · N · D says", operations(rule.rule), f"{exact(rule.rule)} operations",
            f"6 · {exact(rule.active_parameters)} · {exact(rule.tokens)}", (),
            "N: active parameters without the input embedding, which multiplies nothing.",
            f"N = {count(rule.active_parameters)}",
        ),
        DerivedNumber(
            "Exact / rule", ratio(float(rule.ratio)), f"{float(rule.ratio):.6f}",
            "3 · forward · D / (6 · N · D)", (),
            "Below 1 where N has norms and biases, above 1 by attention's products, which grow "
            "with the context and are in no N.",
            f"{percent(float(rule.ratio) - 1, signed=True)} off",
        ),
        DerivedNumber(
            "Attention rules from", "never" if broken is None else f"{count(broken)} tokens",
            "at no context" if broken is None else f"{exact(broken)} tokens",
            "smallest S at which products between positions cost what all weights cost", (),
            "Windows, where all layers have one, keep them below at any length.",
        ),
    )  # fmt: skip


def flops_row(info: FlopsInfo) -> ComponentRow:
    """One token at this context, by component."""
    parts = {
        name: simplified(Fraction(value) / info.forward.tokens)
        for name, value in info.forward.components.items()
    }
    title = f"A token at context {exact(info.context)}"
    return ComponentRow(title, parts, operations(float(info.forward.per_token)))


CONTEXT_HEADER = ("Context", "On weights", "Attention's products", "Share of attention")
CONTEXT_FILE_HEADER = (
    "Context (tokens)", "On weights (operations a token)",
    "Attention's products (operations a token)",
)  # fmt: skip


def context_rows(info: FlopsInfo) -> list[list[str]]:
    """A line a context."""
    return [
        [exact(each), operations(weights), operations(products),
         percent(products / (weights + products))]
        for each, weights, products in info.by_context
    ]  # fmt: skip


def seats(architecture: Architecture, factor: float, routed: int) -> int:
    """⌈factor·k·T/N⌉ of the first mixture: one seat at least, since no factor of it is 0."""
    mixture = next(stack.mixture for stack in architecture.stacks if stack.mixture)
    share = Fraction(mixture.top_k * routed, mixture.n_experts)
    return math.ceil(Fraction(repr(float(factor))) * share)


def capacity_info(architecture: Architecture, factor: float, routed: int) -> ExecutedFlops:
    """What a kernel of fixed shapes computes at even routing."""
    return executed_flops(architecture, routed, seats(architecture, factor, routed))


def capacity_rows(executed: ExecutedFlops) -> tuple[ComponentRow, ...]:
    """Asked for, executed, useful: operations of the routed experts of all layers."""
    return tuple(
        ComponentRow(title, {"routed_experts": value}, operations(value))
        for title, value in (
            ("Asked for, T · k", executed.wanted),
            ("Executed, N · C slots", executed.executed),
            ("Useful, even routing", executed.useful),
        )
    )
