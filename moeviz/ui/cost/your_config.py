"""The page of own models: a configuration file, what it comes to, every tensor that it lists.

The file is data: it is read field by field, never run, and drawn as text alone.
"""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.config_json import MAX_BYTES, ImportedModel, read_config_json
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.units import count
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.model_numbers import model_numbers
from moeviz.analysis.cost.reading_words import reading_words
from moeviz.analysis.cost.tensors import tensor_table
from moeviz.config import ConfigError
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.state import OWN, YOURS, CountState
from moeviz.ui.cost.tables import number_table
from moeviz.ui.cost.visit import change_count, own_file, take_own_file
from moeviz.ui.shared.shown import place_of, shown_in
from moeviz.ui.shared.visit import action, entered

TEXT_HEIGHT = 230
"""Pixels of the pasted text: on a telephone the numbers below it begin on the first screen."""


def file_fields(state: CountState) -> None:
    """Where the file comes from: an example, pasted text, an upload."""
    titles = {name: title for name, (title, _) in EXAMPLES.items()}
    if state.example == YOURS:
        titles[YOURS] = "Your own"
    taken = shown_in("own_example", state.example, lambda new: change_count(example=new))
    st.selectbox(
        "config.json of", list(titles), place_of(state.example, list(titles)), key="own_example",
        on_change=taken,
        format_func=titles.__getitem__, help="An example to begin with.",
    )  # fmt: skip
    pasted = shown_in("own_text", own_file(), take_own_file)
    st.text_area(
        "or paste one", own_file(), key="own_text", on_change=pasted, height=TEXT_HEIGHT,
        help=f"A Hugging Face config.json of at most {MAX_BYTES:,} bytes. It stays in this visit "
        "and is in no address.",
    )  # fmt: skip
    st.file_uploader(
        "or a file", key="own_upload", on_change=_take_upload,
        help=f"A config.json, at most {MAX_BYTES:,} bytes, UTF-8.",
    )  # fmt: skip


@action
def _take_upload() -> None:
    uploaded = entered("own_upload")
    if uploaded is None:
        return
    content = uploaded.getvalue()
    if len(content) > MAX_BYTES:
        raise ConfigError("config.json", f"{len(content):,} bytes", f"at most {MAX_BYTES:,} bytes")
    try:
        take_own_file(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError("config.json", content[:40], "text in UTF-8") from None


def own_model() -> ImportedModel | None:
    """What the file describes; None, and the reason shown, when it is refused."""
    try:
        return read_config_json(own_file())
    except ConfigError as error:
        st.error("This file was not counted.")
        st.text(str(error))
        return None


def own_numbers(model: ImportedModel) -> None:
    """Total, active by convention, cache; bars by component; notes."""
    architecture = model.architecture
    st.text(f"model_type {model.model_type}")
    derived_numbers(model_numbers(architecture), key="own_numbers")
    counted = parameter_count(architecture)
    rows = (
        ComponentRow("Stored", counted.components, count(counted.total)),
        ComponentRow("Met by a token", counted.active_components, count(counted.active["all"])),
    )
    component_chart(
        rows, "parameters", count, key="own_bars",
        label="Parameters by component: stored, and met by a token",
    )  # fmt: skip
    for note in (*model.notes, *reading_words(model.reading)):
        st.text(note)


def own_tensors(model: ImportedModel) -> None:
    """Every line that was summed."""
    st.markdown("## Every tensor, and what it counts")
    number_table(
        "Sum of the last two columns: total and active parameters.",
        tensor_table(model.architecture), key="own_tensors", file_name="moeviz-tensors",
    )  # fmt: skip


@action
def _make_subject(state: CountState, weights_as: str | None) -> None:
    stored = {} if weights_as is None else state.with_knob("precision", weights_as)
    change_count(model=OWN, **stored)


def make_subject(state: CountState, model: ImportedModel) -> None:
    """Take the file's model to the other pages of this section, its number format included."""
    stored = "" if model.weights_as is None else f" *Weights as* is then {model.weights_as}."
    st.button(
        "In use on the other pages" if state.model == OWN else "Use it on the other pages",
        key="own_subject", on_click=_make_subject, args=(state, model.weights_as),
        disabled=state.model == OWN,
        help=f"Memory, speed, operations and sparsity then are this model's.{stored} In this visit "
        "alone: an address can name a released model or the sliders, not your file.",
    )  # fmt: skip
