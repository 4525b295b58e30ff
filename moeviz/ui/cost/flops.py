"""The page FLOPs: of a token by component and context, of a training beside the rule of six."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.units import operations
from moeviz.analysis.cost.flops import (
    CONTEXT_FILE_HEADER,
    CONTEXT_HEADER,
    CONTEXTS,
    capacity_info,
    capacity_rows,
    context_rows,
    flops_info,
    flops_numbers,
    flops_row,
)
from moeviz.config import ConfigError
from moeviz.figures.flops_by_context_lines import flops_by_context_lines
from moeviz.texts import strings
from moeviz.ui.components.chart import TableFile, chart
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.fields import count_field, count_slider
from moeviz.ui.cost.knobs import COUNT_LABELS
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.words import capacity_words
from moeviz.ui.shared.refusals import by_label

_WORDS = strings(__file__)
FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)


def flops_strip(state: CountState) -> None:
    """One row: the model, the context, the training."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        count_slider(state, "context", CONTEXTS, width=220)
        count_field(state, "masking", width=160, titles=_WORDS["masking"])
        count_field(state, "tokens", width=200)


def flops_picture(state: CountState, subject: Subject) -> None:
    """Numbers, lines against the context, the bar of one token."""
    info = flops_info(
        subject.architecture, state.knob("context"), state.knob("masking"),
        round(state.knob("tokens") * 10**12),
    )  # fmt: skip
    derived_numbers(flops_numbers(info), key="flops_numbers")
    lines, bars = st.columns(2, gap="medium")
    with lines:
        chart(
            flops_by_context_lines(info), key="context_lines", header=CONTEXT_HEADER,
            rows=context_rows(info), label=_WORDS["by_context"],
            file=TableFile("moeviz-flops-by-context", CONTEXT_FILE_HEADER, info.by_context),
        )  # fmt: skip
    with bars:
        component_chart(
            (flops_row(info),), "FLOPs per token", operations, key="flops_bars",
            label=_WORDS["bars"],
        )  # fmt: skip


def capacity_picture(state: CountState, subject: Subject) -> None:
    """Executed and useful FLOPs with a capacity factor."""
    st.markdown(_WORDS["capacity"])
    mixtures = [stack.mixture for stack in subject.architecture.stacks if stack.mixture]
    if not mixtures:
        st.text(_WORDS["no_experts"])
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_slots"):
        count_slider(state, "capacity", FACTORS, width=300)
        count_field(state, "routed", width=220)
    factor = state.knob("capacity")
    try:
        executed = capacity_info(subject.architecture, factor, state.knob("routed"))
    except ConfigError as error:
        st.text(by_label(error, COUNT_LABELS))
        return
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        component_chart(
            capacity_rows(executed), "FLOPs of the routed experts", operations,
            key="executed_bars", label=_WORDS["executed"],
        )  # fmt: skip
    with words:
        st.markdown(capacity_words(executed, factor, mixtures[0].n_experts))
