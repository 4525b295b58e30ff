"""The page Granularity: one size of a model varies; parameters, FLOPs and sets of experts."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.sparsity import sparsity_point
from moeviz.analysis.cost.granularity import (
    SWEEPS,
    SweepInfo,
    own_value,
    sweep_info,
    sweep_numbers,
    sweep_table,
    sweep_values,
)
from moeviz.config import ConfigError
from moeviz.figures.expert_set_lines import expert_set_lines
from moeviz.figures.parameter_lines import parameter_lines
from moeviz.texts import fill, strings
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.session import change_count, load_count
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.tables import Drawn, number_table, side_by_side
from moeviz.ui.shared.refusals import by_label
from moeviz.ui.shared.shown import place_of, shown_in

_WORDS = strings(__file__)
_LETTERS = {"top_k": "k", "n_experts": "E", "split": "m", "d_expert": "the expert width F"}
"""Names that a refusal uses for its fields: those of the page's sliders and words."""


def sweep_strip(state: CountState, subject: Subject | None) -> None:
    """One row: the model, the size that varies, its value."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        _which(state)
        if subject is not None:
            _value(state, subject)


def _which(state: CountState) -> None:
    knob = COUNT_KNOBS["vary"]

    def take(new: str) -> None:
        changed = load_count().with_knob("vary", knob.check(new))
        change_count(knobs={k: v for k, v in changed["knobs"].items() if k != "value"})

    name = state.knob("vary")
    st.selectbox(
        knob.label, list(SWEEPS), place_of(name, list(SWEEPS)), key="count_vary", width=230,
        on_change=shown_in("count_vary", name, take),
        format_func=lambda each: SWEEPS[each].title, help=knob.help,
    )  # fmt: skip


def _value(state: CountState, subject: Subject) -> None:
    name, knob = state.knob("vary"), COUNT_KNOBS["value"]
    try:
        point = sparsity_point(subject.architecture)
    except ConfigError:
        return
    own = own_value(name, point)
    value = state.knob("value") or own

    def take(new: int) -> None:
        set_to = 0 if new == own else new
        change_count(**load_count().with_knob("value", knob.check(set_to)))

    st.select_slider(
        _sentence_case(SWEEPS[name].label), sorted({*sweep_values(name, point), value}), value,
        key="count_value",
        on_change=shown_in("count_value", value, take), format_func="{:,}".format, width=420,
        help=f"{knob.help} {fill(_WORDS['own_value'], value=f'{own:,}')}",
    )  # fmt: skip


def _sentence_case(words: str) -> str:
    return words[0].upper() + words[1:]


def sweep_of(state: CountState, subject: Subject) -> SweepInfo | None:
    """The sweep over its values; None, and the reason shown, where the model cannot have one."""
    try:
        return sweep_info(subject.architecture, state.knob("vary"), state.knob("value"))
    except ConfigError as error:
        st.error(_WORDS["refused"])
        st.text(by_label(error, _LETTERS))
        return None


def sweep_picture(info: SweepInfo, subject: Subject) -> None:
    """Numbers, two lines, the sets of experts, a row per value."""
    derived_numbers(sweep_numbers(info), key="sweep_numbers")
    st.markdown(info.sweep.stays)
    table = sweep_table(info)
    side_by_side(
        table,
        Drawn(parameter_lines(info), "sweep_lines", _WORDS["parameters"]),
        Drawn(expert_set_lines(info), "sweep_sets", _WORDS["sets"]),
    )
    number_table(
        fill(_WORDS["caption"], model=subject.title, sweep=info.sweep.title.lower()), table,
        key="sweep_table", file_name="moeviz-granularity",
    )  # fmt: skip
