"""A button that lets another process build the file's model with transformers; its verdict.

The web process imports neither torch nor transformers. One model is built at a time.
"""

from __future__ import annotations

import json
import threading

import streamlit as st

from moeviz.accounting.config_json import ImportedModel
from moeviz.analysis.cost.component_rows import COMPONENT_TITLES
from moeviz.analysis.cost.with_transformers import (
    EXTRA,
    NotBuilt,
    build,
    checked_words,
    instantiated_words,
    is_installed,
    named_model,
)
from moeviz.texts import fill, strings
from moeviz.ui.cost.session import own_file
from moeviz.ui.shared.session_state import here, noted

_CHECKED = "count_checked"
_ONE_AT_A_TIME = threading.Lock()
_WAIT_S = 60
_WORDS = strings(__file__)


def check_own(model: ImportedModel | None) -> None:
    """The button and, once it was pressed for this file, the verdict.

    Args:
        model: as counted; None where the file was refused. Building then counts it.
    """
    text = own_file()
    if model is None and named_model(text) is None:
        return
    title = _WORDS["check"] if model else _WORDS["count"]
    needs = "" if is_installed() else fill(_WORDS["needs"], extra=EXTRA)
    pressed = st.button(
        title, key="own_check", on_click=noted, disabled=not is_installed(),
        help=fill(_WORDS["help"], needs=needs),
    )  # fmt: skip
    if needs:  # a button that is disabled shows no help on a touch screen
        st.markdown(fill(_WORDS["disabled"], needs=needs.strip()))
    if pressed:
        with st.spinner(_WORDS["building"]):
            here().kept[_CHECKED] = text, _verdict(text, model)
    checked, lines = here().kept.get(_CHECKED, ("", ()))
    if checked == text:
        for line in lines:
            st.text(line)


def _verdict(text: str, model: ImportedModel | None) -> list[str]:
    if not _ONE_AT_A_TIME.acquire(timeout=_WAIT_S):
        return [_WORDS["busy"]]
    try:
        built = build(json.loads(text))
    except NotBuilt as error:
        return [fill(_WORDS["failed"], reason=str(error))]
    finally:
        _ONE_AT_A_TIME.release()
    if model is not None:
        return list(checked_words(model.architecture, built))
    counted = (f"{COMPONENT_TITLES[name]}: {n:,}" for name, n in built.components.items())
    total = fill(_WORDS["counted"], total=f"{built.total:,}")
    return [total, *counted, *instantiated_words(built)]
