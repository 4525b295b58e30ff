"""Operations for people: by component, by context, against 6·N·D, under a capacity factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from moeviz.accounting.architecture import Architecture
from moeviz.accounting.executed_flops import ExecutedFlops, executed_flops
from moeviz.accounting.flops import FlopCount, Masking, forward_flops
from moeviz.accounting.flops_rule import RuleOfSix, rule_of_six
from moeviz.accounting.terms import simplified
from moeviz.figures.capacity import INK, axis, chart_layout, note
from moeviz.figures.component_bars import COMPONENT_COLOURS, ComponentRow
from moeviz.figures.derivation import DerivedNumber, term_summands
from moeviz.figures.scales import CONTEXTS
from moeviz.figures.units import count, exact, number, operations, percent, ratio

Figure = dict[str, Any]

LINES_HEIGHT = 330


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


def context_lines(info: FlopsInfo) -> Figure:
    """Operations a token against the context: weights, attention's products, the rule."""
    x = [context for context, _, _ in info.by_context]
    weights = [value for _, value, _ in info.by_context]
    products = [value for _, _, value in info.by_context]
    total = [a + b for a, b in zip(weights, products, strict=True)]
    layout = chart_layout(LINES_HEIGHT)
    layout["margin"] = {"l": 76, "r": 12, "t": 10, "b": 42}
    layout["xaxis"] = axis(
        "context", type="log", range=[math.log10(x[0]) - 0.1, math.log10(x[-1]) + 0.1],
        tickvals=[2**p for p in (7, 10, 13, 16, 20)], ticktext=["128", "1K", "8K", "64K", "1M"],
    )  # fmt: skip
    low, high = _decades([value for value in (*weights, *products) if value > 0])
    powers = [10.0**power for power in range(low, high + 1)]
    layout["yaxis"] = axis(
        "operations a token", type="log", range=[low, high], tickvals=powers,
        ticktext=[operations(each) for each in powers],
    )  # fmt: skip
    named = len(x) // 3
    layout["annotations"] = [
        note("weights: 2 · N", math.log10(x[named]), math.log10(weights[named]), yshift=12),
    ]
    if products[named] > 0:
        layout["annotations"].append(
            note("attention's products", math.log10(x[named]), math.log10(products[named]),
                 yshift=-14, xanchor="left")
        )  # fmt: skip
        late = 3 * len(x) // 4
        layout["annotations"].append(
            note("together", math.log10(x[late]), math.log10(total[late]), yshift=12,
                 xanchor="right")
        )  # fmt: skip
    at = total[x.index(info.context)]
    data = [
        _line(x, total, INK, "all"),
        _line(x, weights, COMPONENT_COLOURS["routed_experts"], "weights"),
        _line(x, products, COMPONENT_COLOURS["attention_products"], "attention's products"),
        {
            "type": "scatter", "mode": "markers", "x": [info.context], "y": [at],
            "marker": {"size": 12, "color": INK, "symbol": "diamond"},
            "hovertemplate": f"{exact(info.context)}: {operations(at)}<extra></extra>",
        },
    ]  # fmt: skip
    return {"data": data, "layout": layout}


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


def capacity_words(executed: ExecutedFlops, factor: float, n_experts: int) -> str:
    """The same in words, Markdown."""
    each = executed.slots // n_experts
    return (
        f"A factor of {factor:g} gives each of {_some(n_experts, 'expert')} {_some(each, 'seat')}: "
        f"{_some(executed.slots, 'slot')} for {_some(executed.asked, 'choice')}. Even at perfectly "
        f"even routing **{percent(float(executed.padding_fraction))}** of what is executed is "
        f"padding and **{percent(float(executed.dropped_fraction))}** of the choices are dropped; "
        "skew makes both larger. Dropless kernels execute what is asked for."
    )


def _some(number_of: int, what: str) -> str:
    return f"{exact(number_of)} {what}" + ("" if number_of == 1 else "s")


def _line(x: Sequence[float], y: Sequence[float], colour: str, name: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name,
        "line": {"color": colour, "width": 2.5 if name != "all" else 1},
        "hovertemplate": f"context %{{x:,}}: {name} %{{y:.4s}}FLOP<extra></extra>",
    }  # fmt: skip


def _decades(values: Sequence[float]) -> tuple[int, int]:
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
