"""The page of the sparsity dial: one subject turned, stored against met, and sets of experts."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.sparsity import sparsity_point
from moeviz.analysis.cost.granularity import (
    DIALS,
    DialInfo,
    dial_info,
    dial_numbers,
    dial_table,
    dial_values,
    own_value,
)
from moeviz.config import ConfigError
from moeviz.figures.expert_set_lines import expert_set_lines
from moeviz.figures.parameter_lines import parameter_lines
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.tables import Drawn, number_table, side_by_side
from moeviz.ui.cost.visit import change_count, load_count
from moeviz.ui.shared.refusals import by_label
from moeviz.ui.shared.shown import place_of, shown_in

_LETTERS = {"top_k": "k", "n_experts": "N", "split": "m", "d_expert": "F"}
"""What the page calls a field of a refusal: as its dials, and the words about them, do."""


def dial_strip(state: CountState, subject: Subject | None) -> None:
    """One row: the model, which dial, where it stands."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        _which(state)
        if subject is not None:
            _value(state, subject)


def _which(state: CountState) -> None:
    def take(new: str) -> None:
        changed = load_count().with_knob("dial", COUNT_KNOBS["dial"].check(new))
        change_count(knobs={k: v for k, v in changed["knobs"].items() if k != "turn"})

    dial = state.knob("dial")
    st.selectbox(
        "Dial", list(DIALS), place_of(dial, list(DIALS)), key="count_dial", width=230,
        on_change=shown_in("count_dial", dial, take),
        format_func=lambda name: DIALS[name].title, help=COUNT_KNOBS["dial"].help,
    )  # fmt: skip


def _value(state: CountState, subject: Subject) -> None:
    name = state.knob("dial")
    try:
        point = sparsity_point(subject.architecture)
    except ConfigError:
        return
    value = state.knob("turn") or own_value(name, point)

    def take(new: int) -> None:
        turn = 0 if new == own_value(name, point) else new
        change_count(**load_count().with_knob("turn", COUNT_KNOBS["turn"].check(turn)))

    st.select_slider(
        DIALS[name].letter, sorted({*dial_values(name, point), value}), value, key="count_turn",
        on_change=shown_in("count_turn", value, take), format_func="{:,}".format, width=420,
        help=f"{COUNT_KNOBS['turn'].help} As it is: {own_value(name, point):,}.",
    )  # fmt: skip


def dial_of(state: CountState, subject: Subject) -> DialInfo | None:
    """The dial over its stops; None, and the reason shown, where it cannot be turned so."""
    try:
        return dial_info(subject.architecture, state.knob("dial"), state.knob("turn"))
    except ConfigError as error:
        st.error("This model cannot be turned so.")
        st.text(by_label(error, _LETTERS))
        return None


def dial_picture(info: DialInfo, subject: Subject) -> None:
    """Numbers, two lines, the sets, a line a stop."""
    derived_numbers(dial_numbers(info), key="dial_numbers")
    st.markdown(info.dial.stays)
    table = dial_table(info)
    side_by_side(
        table,
        Drawn(
            parameter_lines(info), "dial_lines", "Total and active parameters against the dial"
        ),
        Drawn(
            expert_set_lines(info), "dial_sets",
            "Sets of experts that a token can be sent to, against the dial",
        ),
    )  # fmt: skip
    number_table(
        f"{subject.title}: {info.dial.title.lower()}", table, key="dial_table",
        file_name="moeviz-dial",
    )  # fmt: skip
