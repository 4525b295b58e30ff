"""The page on conventions: one batch of the running model, by the formula of each library.

Draws what analysis has computed from the worker's answer.
"""

from __future__ import annotations

import math

import streamlit as st

from moeviz.accounting.units import exact
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
from moeviz.texts import say_from
from moeviz.traces import ConventionsQuestion, ConventionValues
from moeviz.ui.components.chart import chart
from moeviz.ui.inspect.asking import asked_arm, asked_knob, subject_controls
from moeviz.ui.inspect.capacity_factor import asked_knobs, factor_of, factor_slider
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.inspect.studies import answered, subject_of
from moeviz.ui.shared.tables import markdown_table

DEFAULT_FACTOR = 1.25
DEFAULT_K = 2
"""What the page shows of a run of one expert per token, where most conventions agree."""

say = say_from(__file__)


def conventions_strip(state: AskingState, status: RunStatus | None) -> None:
    """One row: k and the factor, then the model."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        arm = asked_arm(state, status)
        asked_knob("top_k", state, status, usual=usual_k(arm) if arm else None, width=140)
        factor_slider(state, status, DEFAULT_FACTOR, dropless=False)
        subject_controls(state, status, layer=False)


def usual_k(arm: ArmConfig) -> int:
    """The page's k where the reader has set none: the run's, but 2 where that is 1."""
    return max(DEFAULT_K, arm.routing.top_k)


def note_of_k(state: AskingState, arm: ArmConfig) -> None:
    """That the page routes with another k than the run, where the reader has not set it."""
    if "top_k" in state.knobs or usual_k(arm) == arm.routing.top_k:
        return
    st.markdown(say("other_k", k=DEFAULT_K, label=KNOBS["top_k"].label))


def values_of(state: AskingState, status: RunStatus) -> ConventionValues | None:
    """The worker's answer, dropless: capacities are compared on the router's own load."""
    arm = asked_arm(state, status)
    assert arm is not None, "a page asks only models that have a router"
    asked = {"top_k": usual_k(arm), **state.knobs}
    knobs = {**asked_knobs(state, status, DEFAULT_FACTOR), **asked, "capacity_factor": None}
    subject = subject_of(status, arm.name, state.step)
    values: ConventionValues | None = answered(subject, ConventionsQuestion(arm.name, knobs))
    return values


def same_loss(values: ConventionValues) -> None:
    """The α of each library that gives the same gradient norm, and every number behind it."""
    lines = loss_lines(values)
    st.markdown(f"## {say('loss.title')}")
    st.markdown(_spread(lines, values))
    picture, table = st.columns([2, 3], gap="medium")
    with picture:
        chart(
            equal_alpha_dots(lines),
            key="alphas",
            label=say("loss.chart", alpha=f"{REFERENCE_ALPHA:g}"),
            header=("Convention", "α", "Cosine"),
            rows=[
                [line.balancer.title, _number(line.gradient_alpha), f"{line.agreement:.2f}"]
                for line in lines
            ],
        )
    with table, st.container(key="conventions_losses"):
        st.markdown(losses_table(lines))
    st.caption(say("loss.columns", alpha=f"{REFERENCE_ALPHA:g}"))


def _spread(lines: tuple[LossLine, ...], values: ConventionValues) -> str:
    batch = say(
        "loss.batch", tokens=exact(values.n_tokens), k=values.top_k, step=exact(values.step)
    )
    spread = alpha_range(lines)
    if spread is None:
        return f"{batch} {say('loss.no_gradient')}"
    low, high = spread.lowest, spread.highest
    compared = say(
        "loss.spread", alpha=f"{REFERENCE_ALPHA:g}", times=f"{spread.times:,.0f}",
        low=_number(low.gradient_alpha), lowest=low.balancer.title,
        high=_number(high.gradient_alpha), highest=high.balancer.title,
    )  # fmt: skip
    return f"{batch} {compared}"


def losses_table(lines: tuple[LossLine, ...]) -> str:
    """Value, anchors, the equal α by loss and by gradient, the cosine of the two gradients."""
    head = ("", "here", "even", "collapsed", "α, same loss", "α, same gradient", "cosine")
    rows = [
        (
            f"**{line.balancer.title}**",
            f"{line.value:.3f}",
            _anchor(line.balancer.at_even, line.at_even),
            _anchor(line.balancer.at_collapse, line.at_collapse),
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


def formulas(values: ConventionValues) -> None:
    """Formula, source and users of each convention."""
    with st.expander(say("formulas.title")):
        for line in loss_lines(values):
            each = line.balancer
            st.markdown(
                say(
                    "formulas.entry", title=each.title, formula=each.formula, source=each.source,
                    users=each.used_by,
                )
            )  # fmt: skip
        st.markdown(say("formulas.symbols"))


def pooled_collapse(values: ConventionValues) -> None:
    """What pooling hides: on this batch, and in the extreme."""
    pooled = values.values[values.names.index("hf_pooled")]
    alone = ", ".join(f"{value:.3f}" for value in values.layer_values)
    first, second = (f"{value:.1f}" for value in values.example_alone)
    st.markdown(f"## {say('pooled.title')}")
    here, extreme = st.columns(2, gap="medium")
    with here:
        st.markdown(say("pooled.here", alone=alone, pooled=f"{pooled:.3f}", k=values.top_k))
    with extreme:
        both = f"{values.example_pooled:.1f}"
        st.markdown(say("pooled.example", first=first, second=second, both=both))


def same_factor(values: ConventionValues, factor: float) -> None:
    """The capacity by library at one factor, and what each would drop."""
    lines = capacity_lines(values, factor)
    st.markdown(f"## {say('capacity.title', factor=f'{factor:g}')}")
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        chart(
            library_capacity_bars(lines, factor),
            key="capacities",
            label=say("capacity.chart", factor=f"{factor:g}"),
            header=("Library", "Formula", "C", "Per assignment", "Dropped", "Source"),
            rows=[_capacity_row(line) for line in lines],
        )
        st.caption(say("capacity.symbols"))
    with words:
        st.markdown(_capacity_words(lines, values, factor))


def _capacity_row(line: CapacityLine) -> list[str]:
    each = line.convention
    return [
        each.title, each.formula, f"{line.slots:g}", f"{line.per_assignment:.3f}",
        _percent(line.dropped), each.source,
    ]  # fmt: skip


def _capacity_words(
    lines: tuple[CapacityLine, ...], values: ConventionValues, factor: float
) -> str:
    k, tokens = values.top_k, values.n_tokens
    if k == 1:
        return say("capacity.one")
    left_out = next(line for line in lines if not line.convention.counts_k)
    counted = next(line for line in lines if line.convention.counts_k)
    return say(
        "capacity.more", tokens=exact(tokens), k=k, assignments=exact(tokens * k),
        counted=f"{counted.per_assignment:.3g}", counted_drops=_percent(counted.dropped),
        left_out=f"{left_out.per_assignment:.3g}", left_out_drops=_percent(left_out.dropped),
        needed=f"{factor * k:g}",
    )  # fmt: skip


def factor_in_force(state: AskingState, status: RunStatus) -> float:
    """The page's factor; a dropless question has none, so that the page's default counts."""
    return factor_of(state, status, DEFAULT_FACTOR) or DEFAULT_FACTOR


def _number(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.2g}"


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"
