"""The page Your config.json: a configuration file, its counts, and every tensor of its model.

The file is data: it is read field by field, never run, and drawn as text only.
"""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.config_json import ImportedModel, read_config_json
from moeviz.accounting.config_text import MAX_BYTES, too_long
from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.units import count
from moeviz.analysis.cost.component_rows import ComponentRow
from moeviz.analysis.cost.model_numbers import model_numbers
from moeviz.analysis.cost.reading_words import reading_words
from moeviz.analysis.cost.tensors import tensor_table
from moeviz.config import ConfigError
from moeviz.texts import fill, strings
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.components.unread_text import unread_text
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.examples import EXAMPLES
from moeviz.ui.cost.session import change_count, own_file, take_own_file
from moeviz.ui.cost.state import OWN, YOURS, CountState
from moeviz.ui.cost.tables import number_table
from moeviz.ui.shared.session_state import action, entered, noted
from moeviz.ui.shared.shown import place_of, shown_in

TEXT_HEIGHT = 200
"""Pixels of the pasted text: on a telephone the numbers below it begin on the first screen."""

MOST_PASTED = 7_900_000
"""Characters: a longer message would end the socket, which takes 8 MB (`server.maxMessageSize`)."""

_WORDS = strings(__file__)
_MOST = f"{MAX_BYTES:,}"


def file_fields(state: CountState) -> None:
    """An example, pasted text, or an upload."""
    titles = {name: title for name, (title, _) in EXAMPLES.items()}
    if state.example == YOURS:
        titles[YOURS] = _WORDS["yours"]
    taken = shown_in("own_example", state.example, lambda new: change_count(example=new))
    st.selectbox(
        _WORDS["example"], list(titles), place_of(state.example, list(titles)), key="own_example",
        on_change=taken,
        format_func=titles.__getitem__, help=_WORDS["example_help"],
    )  # fmt: skip
    pasted = shown_in("own_text", own_file(), take_own_file)
    st.text_area(
        _WORDS["paste"], own_file(), key="own_text", on_change=pasted, height=TEXT_HEIGHT,
        max_chars=MOST_PASTED, help=fill(_WORDS["paste_help"], most=f"{MOST_PASTED:,}"),
    )  # fmt: skip
    # Streamlit reads the area when it loses the focus, so any press does; this one is in sight.
    st.button(_WORDS["read"], key="own_read", on_click=noted, help=_WORDS["read_help"])
    st.file_uploader(
        _WORDS["upload"], key="own_upload", on_change=_take_upload,
        help=fill(_WORDS["upload_help"], most=_MOST),
    )  # fmt: skip


def own_unread() -> None:
    """Says so while the text above was changed and not read.

    What stands in containers whose keys begin with `read_` is hidden meanwhile. Drawn after them,
    so that they show the text's own numbers when they come back.
    """
    unread_text("own_text", own_file(), _WORDS["unread"], key="own_unread")


@action
def _take_upload() -> None:
    uploaded = entered("own_upload")
    if uploaded is None:
        return
    content = uploaded.getvalue()
    if len(content) > MAX_BYTES:
        raise too_long(len(content))
    try:
        take_own_file(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError("config.json", content[:40], "text in UTF-8") from None


def own_model() -> ImportedModel | None:
    """The model of the file; None, and the reason shown, where the file is refused."""
    try:
        return read_config_json(own_file())
    except ConfigError as error:
        st.error(_WORDS["refused"])
        st.text(str(error))
        return None


def own_numbers(model: ImportedModel) -> None:
    """Total, active by convention, KV cache."""
    st.text(f"model_type {model.model_type}")
    derived_numbers(model_numbers(model.architecture), key="own_numbers")


def own_components(model: ImportedModel) -> None:
    """Bars by component; notes."""
    st.markdown(_WORDS["components"])
    counted = parameter_count(model.architecture)
    rows = (
        ComponentRow(_WORDS["total"], counted.components, count(counted.total)),
        ComponentRow(_WORDS["active"], counted.active_components, count(counted.active["all"])),
    )
    component_chart(
        rows, "parameters", count, key="own_bars",
        label=_WORDS["bars"],
    )  # fmt: skip
    for note in (*model.notes, *reading_words(model.reading)):
        st.text(note)


def own_tensors(model: ImportedModel) -> None:
    """Every line that was summed."""
    st.markdown(_WORDS["tensors"])
    number_table(
        _WORDS["tensors_caption"],
        tensor_table(model.architecture), key="own_tensors", file_name="moeviz-tensors",
    )  # fmt: skip


@action
def _make_subject(state: CountState, weights_as: str | None) -> None:
    precision = {} if weights_as is None else state.with_knob("precision", weights_as)
    change_count(model=OWN, **precision)


def make_subject(state: CountState, model: ImportedModel) -> None:
    """A button that takes the file's model and number format to the other cost pages."""
    weights_as = (
        "" if model.weights_as is None else fill(_WORDS["use_format"], format=model.weights_as)
    )
    st.button(
        _WORDS["used"] if state.model == OWN else _WORDS["use"],
        key="own_subject", on_click=_make_subject, args=(state, model.weights_as),
        disabled=state.model == OWN,
        help=fill(_WORDS["use_help"], format=weights_as),
    )  # fmt: skip
