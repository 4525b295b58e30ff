"""The page on conventions: one batch of the running model, by the formula of each library.

Draws what analysis has computed from the worker's answer.
"""

from __future__ import annotations

import math

import streamlit as st

from moeviz.analysis.conventions import (
    REFERENCE_ALPHA,
    CapacityLine,
    LossLine,
    alpha_range,
    capacity_lines,
    loss_lines,
)
from moeviz.config import KNOBS, ArmConfig
from moeviz.engine.protocol import RunStatus
from moeviz.figures.equal_alpha_dots import equal_alpha_dots
from moeviz.figures.library_capacity_bars import library_capacity_bars
from moeviz.traces import ConventionsQuestion, ConventionValues
from moeviz.ui.components.chart import chart
from moeviz.ui.inspect.asking import asked_arm, asked_knob, subject_controls
from moeviz.ui.inspect.capacity_factor import asked_knobs, factor_of, factor_slider
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.inspect.studies import answered, subject_of
from moeviz.ui.shared.tables import markdown_table

DEFAULT_FACTOR = 1.25
DEFAULT_K = 2
"""What the page shows of a run of one expert a token, where most conventions agree."""


def conventions_strip(state: AskingState, status: RunStatus | None) -> None:
    """One row: k and the factor, then the model."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        arm = asked_arm(state, status)
        asked_knob("top_k", state, status, usual=usual_k(arm) if arm else None, width=140)
        factor_slider(state, status, DEFAULT_FACTOR, dropless=False)
        subject_controls(state, status, layer=False)


def usual_k(arm: ArmConfig) -> int:
    """The page's k where the visitor has chosen none: the run's, but two where that is one."""
    return max(DEFAULT_K, arm.routing.top_k)


def said_of_k(state: AskingState, arm: ArmConfig) -> None:
    """That the page asks otherwise than the run routes, where nobody has asked for that."""
    if "top_k" in state.knobs or usual_k(arm) == arm.routing.top_k:
        return
    st.markdown(
        f"**What if k = {DEFAULT_K}?** This run sends each token to one expert, where most "
        f"conventions agree. Its router is asked for {DEFAULT_K} instead; turn "
        f"*{KNOBS['top_k'].label}* to 1 to see the run as it is."
    )


def values_of(state: AskingState, status: RunStatus) -> ConventionValues | None:
    """The worker's answer, dropless: capacities are compared on what the router asks for."""
    arm = asked_arm(state, status)
    assert arm is not None, "a page asks only arms that have a router"
    asked = {"top_k": usual_k(arm), **state.knobs}
    knobs = {**asked_knobs(state, status, DEFAULT_FACTOR), **asked, "capacity_factor": None}
    subject = subject_of(status, arm.name, state.step)
    values: ConventionValues | None = answered(subject, ConventionsQuestion(arm.name, knobs))
    return values


def same_loss(values: ConventionValues) -> None:
    """The α of each library that pushes as hard, and every number behind it."""
    lines = loss_lines(values)
    st.markdown("## The balance loss: one α is not one setting")
    st.markdown(_spread(lines, values))
    picture, table = st.columns([2, 3], gap="medium")
    with picture:
        chart(
            equal_alpha_dots(lines),
            key="alphas",
            label="The α of each convention that gives the same gradient as Switch's 0.01",
            header=("Convention", "α", "Direction"),
            rows=[
                [line.convention.title, _number(line.gradient_alpha), f"{line.agreement:.2f}"]
                for line in lines
            ],
        )
    with table, st.container(key="conventions_losses"):
        st.markdown(losses_table(lines))


def _spread(lines: tuple[LossLine, ...], values: ConventionValues) -> str:
    batch = (
        f"On this batch of {values.n_tokens:,} tokens (k = {values.top_k}, step {values.step:,}) "
    )
    spread = alpha_range(lines)
    if spread is None:
        return f"{batch}no convention pushes the router anywhere: there is nothing to compare."
    low, high = spread.lowest, spread.highest
    return (
        f"{batch}the push of Switch's α = {REFERENCE_ALPHA:g} is that of "
        f"**{_number(low.gradient_alpha)}** by *{low.convention.title}* and of "
        f"**{_number(high.gradient_alpha)}** by *{high.convention.title}*: "
        f"{spread.times:,.0f} times apart."
    )


def losses_table(lines: tuple[LossLine, ...]) -> str:
    """Value, anchors, the equal α by loss and by gradient, direction, source."""
    head = ("", "here", "even", "collapsed", "α, same loss", "α, same push", "direction")
    rows = [
        (
            f"**{line.convention.title}**",
            f"{line.value:.3f}",
            _anchor(line.convention.at_even, line.at_even),
            _anchor(line.convention.at_collapse, line.at_collapse),
            _number(line.even_alpha),
            _number(line.gradient_alpha),
            f"{line.agreement:.2f}",
        )
        for line in lines
    ]
    return markdown_table(head, rows, words=1)


def _anchor(label: str, value: float) -> str:
    """The closed form and what it comes to, on one line."""
    number = f"{value:.3g}"
    return number if label == number else f"{label} = {number}".replace(" ", "\u00a0")


def losses_reading() -> None:
    """How to read the table, and who uses what."""
    st.caption(
        "Here: on this batch. Even, collapsed: the value when every expert of every layer gets the "
        "same, and when the same k experts get everything. Same loss: the α that adds as much at "
        "an even load. Same push: the α whose gradient by the router logits is as long on this "
        "batch. Direction: the "
        "cosine between that gradient and Switch's; below 1, no α makes the two the same."
    )


def formulas(values: ConventionValues) -> None:
    """Formula, source and users of each convention."""
    with st.expander("Formulas and sources"):
        for line in loss_lines(values):
            each = line.convention
            st.markdown(
                f"**{each.title}**: ${each.formula}$  \n{each.source}. Used by: {each.used_by}."
            )
        st.markdown(
            "$c_i$: slots of expert $i$, $c_i^{(1)}$: first choices alone, $P_i$: its mean "
            "probability, $T$ tokens, $L$ layers, $E$ experts, $k$ choices, $B$ sequences of $S$."
        )


def pooled_trap(values: ConventionValues) -> None:
    """What pooling hides: here, and in the extreme."""
    pooled = values.values[values.names.index("hugging_face")]
    alone = ", ".join(f"{value:.3f}" for value in values.layer_values)
    st.markdown("## Pooled over layers, two collapses can look even")
    here, extreme = st.columns(2, gap="medium")
    with here:
        st.markdown(
            f"Hugging Face's function on this batch: layer by layer **{alone}**, pooled "
            f"**{pooled:.3f}**. It is k = {values.top_k} where all is even."
        )
    with extreme:
        a, b = values.example_alone
        st.markdown(
            f"Four experts, k = 2. Layer 0 has collapsed onto experts 0 and 1, layer 1 onto 2 and "
            f"3. Each alone scores **{a:.1f}**, **{b:.1f}**; both together "
            f"**{values.example_pooled:.1f}**, the same as perfect "
            "balance, with no gradient to undo it."
        )


def same_factor(values: ConventionValues, factor: float) -> None:
    """Seats by library at one factor, and what each would drop."""
    lines = capacity_lines(values, factor)
    st.markdown(f"## The capacity factor: {factor:g} seats of what?")
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        chart(
            library_capacity_bars(lines, factor),
            key="capacities",
            label=f"Seats of an expert at a capacity factor of {factor:g}, by library",
            header=("Library", "Formula", "C", "Per choice", "Dropped", "Source"),
            rows=[_capacity_row(line) for line in lines],
        )
    with words:
        st.markdown(_capacity_words(lines, values, factor))


def _capacity_row(line: CapacityLine) -> list[str]:
    each = line.convention
    return [
        each.title, each.formula, f"{line.slots:g}", f"{line.per_choice:.3f}",
        f"{100 * line.dropped:.1f} %", each.source,
    ]  # fmt: skip


def _capacity_words(
    lines: tuple[CapacityLine, ...], values: ConventionValues, factor: float
) -> str:
    without = next(line for line in lines if not line.convention.counts_k)
    counted = next(line for line in lines if line.convention.counts_k)
    k = values.top_k
    if k == 1:
        return (
            "With one expert a token, k in or out makes no difference: libraries differ by a slot, "
            "where they round. Set k to 2."
        )
    return (
        f"This batch asks for {values.n_tokens:,} · {k} slots. A library that **counts k** "
        f"(long bars) gives each choice {counted.per_choice:.3g} seats and would drop "
        f"{100 * counted.dropped:.1f} % of them; one that **leaves k out** (short bars) gives "
        f"{without.per_choice:.3g} and drops {100 * without.dropped:.1f} %. The same seats need "
        f"a factor of {factor * k:g} there. GShard's “2T/E” for top-2 is a factor of 2 without k, "
        "and of 1 with it."
    )


def factor_in_force(state: AskingState, status: RunStatus) -> float:
    """The page's factor; a dropless question has none, so that the page's default counts."""
    return factor_of(state, status, DEFAULT_FACTOR) or DEFAULT_FACTOR


def _number(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.2g}"
