"""A button that has another process build the file's model with transformers, and its verdict.

The web process imports neither torch nor transformers. One model is built at a time.
"""

from __future__ import annotations

import json
import threading

import streamlit as st

from moeviz.accounting.config_json import ImportedModel
from moeviz.analysis.cost.with_transformers import (
    EXTRA,
    NotBuilt,
    build,
    checked_words,
    is_installed,
    named_model,
)
from moeviz.ui.cost.visit import own_file
from moeviz.ui.shared.visit import here, noted

_CHECKED = "count_checked"
_ONE_AT_A_TIME = threading.Lock()
_WAIT_S = 60


def check_own(model: ImportedModel | None) -> None:
    """The button and, once pressed for this file, what came of it.

    Args:
        model: as counted; None where it was refused. It is then counted by building it.
    """
    text = own_file()
    if model is None and named_model(text) is None:
        return
    title = "Check with transformers" if model else "Count by building it with transformers"
    pressed = st.button(
        title, key="own_check", on_click=noted, disabled=not is_installed(),
        help="Another process builds the same model with the transformers library, without memory "
        "and without a download, and compares each component. It takes some ten seconds."
        + ("" if is_installed() else f" Needs `pip install '{EXTRA}'` on the server."),
    )  # fmt: skip
    if pressed:
        with st.spinner("Building the model without memory"):
            here().kept[_CHECKED] = text, _verdict(text, model)
    checked, lines = here().kept.get(_CHECKED, ("", ()))
    if checked == text:
        for line in lines:
            st.text(line)


def _verdict(text: str, model: ImportedModel | None) -> list[str]:
    if not _ONE_AT_A_TIME.acquire(timeout=_WAIT_S):
        return ["Others are checking their files. Try again in a minute."]
    try:
        built = build(json.loads(text))
    except NotBuilt as error:
        return [f"Not checked: {error}"]
    finally:
        _ONE_AT_A_TIME.release()
    if model is not None:
        return list(checked_words(model.architecture, built))
    counted = (f"{name}: {number:,}" for name, number in built.components.items())
    return [
        f"{built.total:,} parameters, counted by building {built.class_name} with transformers "
        f"{built.version}, not by a closed form. What a token uses is not known.",
        *counted,
    ]
