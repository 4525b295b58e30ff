"""The user's own text, one more domain to train on: pasted or read from a file.

What was pasted is kept until it is used, whether or not its field is rendered. It is data: shown as
text, never as Markdown.
"""

from __future__ import annotations

import streamlit as st

from moeviz.config import MAX_USER_TEXT_CHARACTERS, MIN_USER_TEXT_CHARACTERS, ConfigError
from moeviz.data.user_text import read_user_text
from moeviz.texts import say_from
from moeviz.ui.shared.lab_session import change_state
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.session_state import action, entered, here
from moeviz.ui.shared.shown import shown_in

_PASTED = "pasted_text"
say = say_from(__file__)
_BOUND = say(
    "help.bound", least=f"{MIN_USER_TEXT_CHARACTERS:,}", most=f"{MAX_USER_TEXT_CHARACTERS:,}"
)


class FieldTaken(ValueError):
    """A file was chosen while the field has a text that was pasted."""


def own_text(state: LabState) -> None:
    """Paste or upload one more domain; what is in use."""
    if _is_about_the_text(here().refusal):
        show_refusal()  # not under the buttons: there it would be out of sight
    pasted = here().kept.get(_PASTED, "")
    st.text_area(
        say("label.text"), pasted, key="own_text", height=100, placeholder=_BOUND,
        on_change=shown_in("own_text", pasted, _keep),
        help=say("help.text", bound=_BOUND),
    )  # fmt: skip
    st.file_uploader(
        say("label.file"), key="own_file", on_change=_keep_file,
        help=say("help.file", bound=_BOUND),
    )  # fmt: skip
    with st.container(horizontal=True, key="own_text_buttons"):
        st.button(say("label.use"), key="use_text", on_click=_use)
        unused = not state.user_text
        st.button(say("label.drop"), key="drop_text", disabled=unused, on_click=_drop)
    if state.user_text:
        length, start = f"{len(state.user_text):,}", repr(state.user_text[:40])
        st.text(say("said.in_use", length=length, start=start))


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
        length = f"{len(pasted):,}"
        raise FieldTaken(say("said.full", length=length, file=uploaded.name))
    _keep(read_user_text(uploaded.getvalue()))


@action
def _use() -> None:
    change_state(user_text=read_user_text(here().kept.get(_PASTED, "")))


@action
def _drop() -> None:
    change_state(user_text="")
