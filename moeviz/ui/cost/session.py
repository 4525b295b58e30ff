"""One session's state of the cost pages, and the configuration file that its reader has given.

The session keeps the file, no address has it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from moeviz.accounting.config_json import read_config_json
from moeviz.config import ConfigError
from moeviz.texts import fill, strings
from moeviz.ui.cost.examples import DEFAULT_EXAMPLE, EXAMPLES
from moeviz.ui.cost.knobs import COUNT_LABELS
from moeviz.ui.cost.state import YOURS, CountState, from_query, to_query
from moeviz.ui.shared.page_state import PageState
from moeviz.ui.shared.session import show_refusal
from moeviz.ui.shared.session_state import here

_OWN = "count_own_file"
_WORDS = strings(__file__)

_count = PageState("count", from_query, to_query, lambda state: state, CountState.sketch)
change_count = _count.change


def load_count() -> CountState:
    """The state, from the address when it is new, else from the session.

    An address that names the reader's own file does not bring it along.
    """
    state = _count.load()
    if state.example != YOURS or _OWN in here().kept:
        return state
    _count.refuse(
        fill(_WORDS["lost"], example=EXAMPLES[DEFAULT_EXAMPLE][0]),
        heading=_WORDS["lost_heading"],
    )
    state = dataclasses.replace(state, example=DEFAULT_EXAMPLE)
    _count.replace(state)
    return state


def write_count_address() -> None:
    """Write the state into the address."""
    _count.write_address()


def show_what_was_refused() -> None:
    """Refusals of the address and of the last action, in one place that is always there.

    Streamlit mounts everything anew that moves: without the place, an open expander would close
    when a number that was typed in it is refused.
    """
    with st.container():
        _count.show_notices()
        show_refusal(COUNT_LABELS)


def own_file() -> str:
    """The text of the file on Your config.json."""
    example = load_count().example
    text: str = here().kept[_OWN] if example == YOURS else EXAMPLES[example][1]
    return text


def take_own_file(text: str) -> None:
    """Keep the reader's own file and show it, in its own number format where it names one."""
    here().kept[_OWN] = text
    change_count(example=YOURS, **_own_format(text))


def _own_format(text: str) -> dict[str, Any]:
    try:
        named = read_config_json(text).weights_as
    except ConfigError:  # the page says why
        return {}
    return {} if named is None else load_count().with_knob("precision", named)
