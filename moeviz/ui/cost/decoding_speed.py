"""The page Decoding speed: bytes, FLOPs and time of a decode step against the batch size."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.decode import Serving
from moeviz.accounting.precision import FORMATS, PRECISIONS
from moeviz.analysis.cost.decoding_speed import (
    BATCHES,
    shortfall,
    speed_info,
    speed_numbers,
    step_table,
)
from moeviz.analysis.cost.flops import CONTEXTS
from moeviz.figures.dense_equivalent_lines import dense_equivalent_lines
from moeviz.figures.step_time_lines import step_time_lines
from moeviz.texts import fill, strings
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.fields import count_slider
from moeviz.ui.cost.machine import machine_fields, machines, one_machine, serving_fields
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.tables import Drawn, number_table, side_by_side
from moeviz.ui.cost.words import fit_words, speed_words

_WORDS = strings(__file__)


def speed_strip(state: CountState) -> None:
    """One row: the model, the batch size, the accelerators."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        count_slider(state, "batch", BATCHES, width=150)
        count_slider(state, "context", CONTEXTS, width=150)
        serving_fields(state)


def speed_picture(state: CountState, subject: Subject) -> None:
    """Numbers, the two lines of the roofline, the dense model of the same speed, a table."""
    serving = Serving(
        subject.architecture, machines(state), PRECISIONS[state.knob("precision")],
        state.knob("context"), FORMATS[state.knob("cache")].bits,
    )  # fmt: skip
    info = speed_info(serving, state.knob("batch"))
    derived_numbers(speed_numbers(info), key="speed_numbers")
    short = shortfall(serving, one_machine(state), state.knob("batch"))
    fit = fit_words(short, serving.hardware.name, state.knob("batch"))
    st.markdown(f"{speed_words(info)}\n\n{fit}")
    table = step_table(info)
    side_by_side(
        table,
        Drawn(
            step_time_lines(info), "step_lines",
            _WORDS["times"],
        ),
        Drawn(
            dense_equivalent_lines(info), "dense_lines",
            _WORDS["dense"],
        ),
    )  # fmt: skip
    machine_fields(state)
    number_table(
        fill(_WORDS["caption"], model=subject.title, hardware=serving.hardware.name,
             context=f"{serving.context:,}"),
        table, key="speed_table", file_name="moeviz-decode",
    )  # fmt: skip
