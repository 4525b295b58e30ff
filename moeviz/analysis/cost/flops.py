"""FLOPs for people: by component, by context, beside the rule of six, with a capacity factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.executed_flops import ExecutedFlops, executed_flops
from moeviz.accounting.flops import FlopCount, Masking, forward_flops
from moeviz.accounting.flops_rule import RuleOfSix, rule_of_six
from moeviz.accounting.terms import simplified
from moeviz.accounting.units import count, exact, number, operations, percent, ratio
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.derived_numbers import DerivedNumber, derived, term_summands
from moeviz.texts import strings

_WORDS = strings(__file__)

CONTEXTS = tuple(2**power for power in range(7, 21))
"""Tokens of a sequence: stops of sliders, and points of the lines."""


@dataclass(frozen=True, slots=True)
class FlopsInfo:
    """A forward pass at one context and at all of them, and a training by the rule of six.

    Attributes:
        by_context: (context, FLOPs per token of weights, of attention over the context).
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
        tokens: of the training.
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
    """FLOPs of a token and of the training, the rule beside them, and where the rule breaks."""
    rule, flops = info.rule, info.forward
    broken = rule.breaking_context
    return (
        derived(
            _WORDS["token"], operations(float(flops.per_token)),
            f"{number(flops.per_token)} FLOPs", term_summands(flops.terms),
            context=exact(info.context),
        ),
        derived(
            _WORDS["training"], operations(float(rule.exact)), f"{number(rule.exact)} FLOPs",
            (
                ("forward FLOPs per token", "", number(flops.per_token)),
                ("training tokens", "", exact(rule.tokens)),
            ),
        ),
        derived(
            _WORDS["rule"], operations(rule.rule), f"{exact(rule.rule)} FLOPs",
            rounded=count(rule.active_parameters), active=exact(rule.active_parameters),
            tokens=exact(rule.tokens),
        ),
        derived(
            _WORDS["ratio"], ratio(float(rule.ratio)), f"{float(rule.ratio):.6f}",
            change=f"{percent(float(rule.ratio) - 1, signed=True)} vs the rule",
        ),
        derived(
            _WORDS["breaking"], "never" if broken is None else f"{count(broken)} tokens",
            "at no context" if broken is None else f"{exact(broken)} tokens",
        ),
    )  # fmt: skip


def flops_row(info: FlopsInfo) -> ComponentRow:
    """One token at this context, by component."""
    parts = {
        name: simplified(Fraction(value) / info.forward.tokens)
        for name, value in info.forward.components.items()
    }
    title = f"One token, context {exact(info.context)}"
    return ComponentRow(title, parts, operations(float(info.forward.per_token)))


CONTEXT_HEADER: Sequence[str] = _WORDS["table"]["header"]
CONTEXT_FILE_HEADER: Sequence[str] = _WORDS["table"]["file_header"]


def context_rows(info: FlopsInfo) -> list[list[str]]:
    """A row per context."""
    return [
        [exact(each), operations(weights), operations(products),
         percent(products / (weights + products))]
        for each, weights, products in info.by_context
    ]  # fmt: skip


def capacity_slots(architecture: Architecture, factor: float, routed: int) -> int:
    """C = ⌈factor·K·T/E⌉ of the first MoE layer, at least 1."""
    mixture = next(stack.mixture for stack in architecture.stacks if stack.mixture)
    share = Fraction(mixture.top_k * routed, mixture.n_experts)
    return math.ceil(Fraction(repr(float(factor))) * share)


def capacity_info(architecture: Architecture, factor: float, routed: int) -> ExecutedFlops:
    """What a kernel of fixed shapes computes at even routing."""
    return executed_flops(architecture, routed, capacity_slots(architecture, factor, routed))


def capacity_rows(executed: ExecutedFlops) -> tuple[ComponentRow, ...]:
    """FLOPs of the routed experts of all layers: all assignments, executed, useful."""
    return tuple(
        ComponentRow(title, {"routed_experts": value}, operations(value))
        for title, value in (
            ("All assignments", executed.wanted),
            ("Executed capacity slots", executed.executed),
            ("Useful with even routing", executed.useful),
        )
    )
