"""One visit's state of the pages that count, and the file that the visitor has given.

The file is the visitor's own: the visit keeps it, no address has it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import streamlit as st

from moeviz.ui.count.examples import DEFAULT_EXAMPLE, EXAMPLES
from moeviz.ui.count.knobs import COUNT_LABELS
from moeviz.ui.count.state import OWN, YOURS, CountState, from_query, to_query
from moeviz.ui.page_state import PageState
from moeviz.ui.session import show_refusal
from moeviz.ui.visit import here

_OWN = "count_own_file"


def load_count() -> CountState:
    """The state, from the address when it is new, else from the session."""
    return _count.load()


def change_count(**changes: Any) -> None:
    """Replace fields of the state; ConfigError, and no change, when they make no sense."""
    _count.change(**changes)


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


def _read(query: Mapping[str, str]) -> tuple[CountState, list[str]]:
    """What the parameters say. One that means the visitor's own file cannot bring it along."""
    state, notices = from_query(query)
    unnamed = state.model == OWN and "example" not in query
    if state.example != YOURS and not unnamed:
        return state, notices
    if _OWN in here().kept:
        return dataclasses.replace(state, example=YOURS), notices
    notice = (
        f"{'model=own' if state.model == OWN else 'example=yours'}: your file is known only to the "
        "visit that read it; paste it again on Your own model. Shown instead: "
        f"{EXAMPLES[DEFAULT_EXAMPLE][0]}, an example."
    )
    return dataclasses.replace(state, example=DEFAULT_EXAMPLE), [*notices, notice]


_count = PageState("count", _read, to_query, lambda state: state, CountState.sketch)
