"""The page of speed: a decoding step's bytes, operations and time against the batch."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.decode import Serving
from moeviz.accounting.precision import FORMATS, PRECISIONS
from moeviz.figures.decoding_lines import dense_lines, step_lines
from moeviz.figures.decoding_speed import (
    STEP_HEADER,
    STEP_UNITS,
    fit_words,
    speed_info,
    speed_numbers,
    speed_words,
    step_rows,
)
from moeviz.figures.scales import BATCHES, CONTEXTS
from moeviz.figures.units import with_unit
from moeviz.ui.components.chart import chart
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.components.sortable_table import Cell, sortable_table
from moeviz.ui.cost.fields import count_field, count_slider
from moeviz.ui.cost.machine import machine_fields, machines, one_machine
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.subject import Subject, subject_choice


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
    short = fit_words(serving, one_machine(state), state.knob("batch"))
    st.markdown(f"{speed_words(info)}\n\n{short}")
    rows = step_rows(info)
    written = [[shown for shown, _ in row] for row in rows]
    time, dense = st.columns(2, gap="medium")
    with time:
        chart(
            step_lines(info), key="step_lines", header=STEP_HEADER, rows=written,
            label="Time of a decoding step against the batch: reading bytes, and computing",
        )  # fmt: skip
    with dense:
        chart(
            dense_lines(info), key="dense_lines", header=STEP_HEADER, rows=written,
            label="The dense model that takes as long, against the batch",
        )  # fmt: skip
    machine_fields(state)
    sortable_table(
        f"Decoding {subject.title} on {serving.hardware.name}, context {serving.context:,}",
        STEP_HEADER,
        [[Cell(shown, value) for shown, value in row] for row in rows],
        key="speed_table", file_name="moeviz-decode",
        file_header=[with_unit(*each) for each in zip(STEP_HEADER, STEP_UNITS, strict=True)],
    )  # fmt: skip
