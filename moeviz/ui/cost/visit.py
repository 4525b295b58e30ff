"""One visit's state of the pages that count, and the file that the visitor has given.

The file is the visitor's own: the visit keeps it, no address has it.
"""

from __future__ import annotations

import dataclasses

import streamlit as st

from moeviz.ui.cost.examples import DEFAULT_EXAMPLE, EXAMPLES
from moeviz.ui.cost.knobs import COUNT_LABELS
from moeviz.ui.cost.state import YOURS, CountState, from_query, to_query
from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.visit import here

_OWN = "count_own_file"

_count = PageState("count", from_query, to_query, lambda state: state, CountState.sketch)
change_count = _count.change


def load_count() -> CountState:
    """The state, from the address when it is new, else from the session.

    An address that means the visitor's own file cannot bring it along.
    """
    state = _count.load()
    if state.example != YOURS or _OWN in here().kept:
        return state
    _count.refuse(
        "It is known only to the visit that read it; paste it again on Your own model. "
        f"In its place: {EXAMPLES[DEFAULT_EXAMPLE][0]}, an example.",
        heading="Your file is not here.",
    )
    state = dataclasses.replace(state, example=DEFAULT_EXAMPLE)
    _count.replace(state)
    return state


def write_count_address() -> None:
    """Make the address say what the state says."""
    _count.write_address()


def show_what_was_refused() -> None:
    """Of the address, and of the last action. In one place, there or not.

    What comes after it would be mounted anew where it moves: an open expander would close upon a
    refusal of what was typed in it.
    """
    with st.container():
        _count.show_notices()
        show_refusal(COUNT_LABELS)


def own_file() -> str:
    """The text of the configuration file that the page of own models shows."""
    example = load_count().example
    text: str = here().kept[_OWN] if example == YOURS else EXAMPLES[example][1]
    return text


def take_own_file(text: str) -> None:
    """Keep the visitor's own file and show it."""
    here().kept[_OWN] = text
    change_count(example=YOURS)
