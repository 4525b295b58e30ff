"""The page of speed: a decoding step's bytes, operations and time against the batch."""

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
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.fields import count_field, count_slider
from moeviz.ui.cost.machine import machine_fields, machines, one_machine
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice
from moeviz.ui.cost.tables import Drawn, number_table, side_by_side
from moeviz.ui.cost.words import fit_words, speed_words


def speed_strip(state: CountState) -> None:
    """One row: the model, the batch, the accelerators."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count_strip"):
        subject_choice(state)
        count_slider(state, "batch", BATCHES, width=170)
        count_slider(state, "context", CONTEXTS, width=150)
        count_field(state, "precision", width=110)
        count_field(state, "cache", width=110)
        count_field(state, "hardware", width=170)
        count_field(state, "devices", width=120)


def speed_picture(state: CountState, subject: Subject) -> None:
    """Numbers, the two lines of the roof, the dense model that is as slow, a line a batch."""
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
            "Time of a decoding step against the batch: reading bytes, and computing",
        ),
        Drawn(
            dense_equivalent_lines(info), "dense_lines",
            "The dense model that takes as long, against the batch",
        ),
    )  # fmt: skip
    machine_fields(state)
    number_table(
        f"Decoding {subject.title} on {serving.hardware.name}, context {serving.context:,}", table,
        key="speed_table", file_name="moeviz-decode",
    )  # fmt: skip
