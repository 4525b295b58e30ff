"""A page's state in the session, and how the address follows it.

The state in the session is the one truth. A new address (a link, *back*, a reload) replaces it;
every other change is written to the address. Streamlit's own `bind="query-params"` is not used: it
writes display labels into the address, drops bad values silently and leaves absent ones as they
were, so that a preset's link would not lead to the preset. Knows nothing of what a state holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import streamlit as st

S = TypeVar("S")

ACTING = "acting"
"""The session's note that a widget's callback has changed the state, whatever the address says."""


class PageState(Generic[S]):
    """Where pages of one kind keep their state.

    `name` tells kinds apart. `read` makes a state of an address and notices of what it refused,
    `write` is its inverse, `complete` adds what no address can say, `check` raises ConfigError for
    a state that makes no sense.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[Mapping[str, str]], tuple[S, list[str]]],
        write: Callable[[S], dict[str, str]],
        complete: Callable[[S], S],
        check: Callable[[S], object],
    ) -> None:
        self._state, self._notices, self._address = (
            f"{name}_{part}" for part in ("state", "notices", "address")
        )
        self._read, self._write, self._complete, self._check = read, write, complete, check

    def load(self) -> S:
        """The state: from the address when it is new, else from the session."""
        query = {name: st.query_params.get_all(name)[-1] for name in st.query_params}
        known = st.session_state.get(self._state)
        stays = not query or query == st.session_state.get(self._address)
        if known is not None and (stays or st.session_state.get(ACTING)):
            state: S = known
            return state
        state, notices = self._read(query)
        state = self._complete(state)
        st.session_state.update({self._state: state, self._notices: notices, self._address: query})
        return state

    def change(self, **changes: Any) -> None:
        """Replace fields of the state; ConfigError, and no change, when it then makes no sense."""
        changed: Any = dataclasses.replace(self.load(), **changes)  # type: ignore[type-var]
        self._check(changed)
        st.session_state[self._state] = changed

    def replace(self, state: S) -> None:
        """Take another state."""
        st.session_state[self._state] = state

    def write_address(self) -> S:
        """Make the address say what the state says; returns the state."""
        state: S = st.session_state[self._state]
        query = self._write(state)
        if dict(st.query_params) != query or st.session_state.get(self._address) != query:
            st.query_params.from_dict(query)
        st.session_state[self._address] = query
        st.session_state[ACTING] = False
        return state

    def refuse(self, notice: str) -> None:
        """Note what else of the address was refused, or no longer holds."""
        st.session_state.setdefault(self._notices, []).append(notice)

    def show_notices(self) -> None:
        """What was refused in the address, until the next address."""
        notices = st.session_state.get(self._notices, [])
        if notices:
            with st.container(key="notices", gap=None):
                st.markdown(":material/info: **Part of the address was refused.**")
                for notice in notices:
                    st.text(notice)
