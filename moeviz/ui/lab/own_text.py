"""The user's own text, one more domain to train on: pasted or read from a file.

What was pasted is kept until it is used, whether or not its field is drawn. It is data: shown as
text, never as Markdown.
"""

from __future__ import annotations

import streamlit as st

from moeviz.config import MAX_USER_TEXT_CHARACTERS, MIN_USER_TEXT_CHARACTERS, ConfigError
from moeviz.data.user_text import read_user_text
from moeviz.ui.shared.lab_session import change_state
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.session_state import action, entered, here
from moeviz.ui.shared.shown import shown_in

_PASTED = "pasted_text"
_BOUND = f"{MIN_USER_TEXT_CHARACTERS:,} to {MAX_USER_TEXT_CHARACTERS:,} characters"


class FieldTaken(ValueError):
    """A file was chosen while the field has a text that was pasted."""


def own_text(state: LabState) -> None:
    """Paste or upload one more domain; what is in use."""
    if _is_about_the_text(here().refusal):
        show_refusal()  # not under the buttons: there it would be out of sight
    pasted = here().kept.get(_PASTED, "")
    st.text_area(
        "Your text, one more domain", pasted, key="own_text", height=100, placeholder=_BOUND,
        on_change=shown_in("own_text", pasted, _keep),
        help=f"{_BOUND}. It stays on this server, with the runs that it trains.",
    )  # fmt: skip
    st.file_uploader(
        "or a text file", key="own_file", on_change=_keep_file,
        help=f"UTF-8, {_BOUND}. The field above shows it.",
    )  # fmt: skip
    with st.container(horizontal=True, key="own_text_buttons"):
        st.button("Use this text", key="use_text", on_click=_use)
        st.button("Train without it", key="drop_text", disabled=not state.user_text, on_click=_drop)
    if state.user_text:
        st.text(f"In use: {len(state.user_text):,} characters, beginning {state.user_text[:40]!r}")


def _is_about_the_text(refusal: Exception | None) -> bool:
    if isinstance(refusal, ConfigError):
        return refusal.field == "user_text"
    return isinstance(refusal, FieldTaken)


def _keep(text: str | None) -> None:
    here().kept[_PASTED] = text or ""


@action
def _keep_file() -> None:
    """Into the field, unless a text that was pasted would be lost."""
    if (uploaded := entered("own_file")) is None:
        return
    if pasted := here().kept.get(_PASTED):
        raise FieldTaken(
            f"The field has a text of {len(pasted):,} characters, and {uploaded.name} would "
            "take its place. Empty the field, then choose the file again."
        )
    _keep(read_user_text(uploaded.getvalue()))


@action
def _use() -> None:
    change_state(user_text=read_user_text(here().kept.get(_PASTED, "")))


@action
def _drop() -> None:
    change_state(user_text="")
