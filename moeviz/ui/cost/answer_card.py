"""What serving the file's model takes, on two kinds of accelerators side by side, and on all.

Every figure is that of a page, and a link leads to it with the same settings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from moeviz.accounting.config_json import ImportedModel
from moeviz.accounting.hardware import HARDWARE, Hardware
from moeviz.accounting.units import exact
from moeviz.analysis.cost.answer import (
    Answer,
    answer_table,
    answers,
    memory_numbers,
    speed_numbers,
)
from moeviz.analysis.cost.decoding_speed import BATCHES
from moeviz.analysis.cost.flops import CONTEXTS
from moeviz.texts import fill, strings
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.fields import count_field, count_slider
from moeviz.ui.cost.knobs import COUNT_KNOBS
from moeviz.ui.cost.machine import OWN_FIGURES, one_machine, second_machine
from moeviz.ui.cost.state import OWN, CountState, to_query
from moeviz.ui.cost.subject import Subject, context_note
from moeviz.ui.cost.tables import number_table
from moeviz.ui.shared.navigation import DECODING_SPEED, MEMORY

_WORDS = strings(__file__)


def answer_card(state: CountState, model: ImportedModel) -> None:
    """The fields, and the answer on both kinds of accelerators."""
    st.markdown(_WORDS["title"])
    with st.container(horizontal=True, vertical_alignment="bottom", key="answer_strip"):
        count_field(state, "precision", width=125)
        count_field(state, "cache", width=145)
        count_slider(state, "context", CONTEXTS, width=150)
        count_slider(state, "batch", BATCHES, width=150)
    if model.weights_as is not None:
        st.text(fill(_WORDS["stored_as"], format=model.weights_as))
    context_note(state, Subject(_WORDS["this_model"], model.architecture, model.longest))
    first, second = _answers(state, model, (one_machine(state), second_machine(state)))
    left, right = st.columns(2, gap="medium")
    with left:
        count_field(state, "hardware")
        _on(state, first, {}, "answer_first")
    with right:
        count_field(state, "beside")
        sheet = {"hardware": state.knob("beside"), **dict.fromkeys(OWN_FIGURES)}
        _on(state, second, sheet, "answer_second")
    if model.architecture.two_sided:
        st.text(_WORDS["two_sided"])


def _answers(
    state: CountState, model: ImportedModel, kinds: Iterable[Hardware]
) -> tuple[Answer, ...]:
    return answers(
        model.architecture, kinds, state.knob("precision"), state.knob("cache"),
        state.knob("context"), state.knob("batch"),
    )  # fmt: skip


def _on(state: CountState, found: Answer, knobs: Mapping[str, Any], key: str) -> None:
    """The numbers on one kind of accelerator, with links to the pages that compute them."""
    name = fill(_WORDS["machines"], needed=exact(found.needed), name=found.one.name)
    st.markdown(f"**{name}**")
    knobs = {**knobs, "devices": found.needed}
    derived_numbers(memory_numbers(found), key=f"{key}_memory")
    _link(state, MEMORY, _WORDS["to_memory"], knobs)
    if found.alone is None or found.batch is None:
        return
    derived_numbers(speed_numbers(found), key=f"{key}_speed")
    batch = found.batch.batch
    _link(state, DECODING_SPEED, _WORDS["to_alone"], {**knobs, "batch": 1})
    in_a_batch = fill(_WORDS["to_batch"], batch=exact(batch))
    _link(state, DECODING_SPEED, in_a_batch, {**knobs, "batch": batch})


def _link(state: CountState, page: str, label: str, knobs: Mapping[str, Any]) -> None:
    """To a page that describes the file's model with these knobs, if it takes as many devices."""
    if knobs["devices"] > COUNT_KNOBS["devices"].high:
        return
    there = dataclasses.replace(state, model=OWN)
    for name, value in knobs.items():
        there = dataclasses.replace(there, **there.with_knob(name, value))
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=to_query(there))


def all_accelerators(state: CountState, model: ImportedModel) -> None:
    """A row for each kind of the data sheets."""
    st.markdown(_WORDS["all"])
    found = _answers(state, model, HARDWARE.values())
    number_table(
        _WORDS["all_caption"], answer_table(found), key="answer_table",
        file_name="moeviz-accelerators",
    )  # fmt: skip
