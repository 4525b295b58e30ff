"""What one session knows, in one plain object that an action changes as a whole.

Streamlit ends a run of the script for a newer one wherever the script reads or writes
`st.session_state` or `st.query_params` or draws; inside a widget's callback too, whose click is
then lost, however much of it was done. So an action uses only this object and the
engine, where Streamlit cannot end it: an action that has begun completes. A newer run has its own
thread and does not wait for the older one's callback; `SessionState.lock` makes it wait.
Knows nothing of runs or of what pages keep.
"""

from __future__ import annotations

import functools
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from moeviz.engine.protocol import EngineError

Query = dict[str, list[str]]

_EMBEDDING = ("embed", "embed_options")
"""Parameters for Streamlit itself, which are no page's."""

Refused = (EngineError, ValueError)
"""What an engine's method raises for a request that it refuses, ConfigError included."""


class DoneInPart(EngineError):
    """Part of what an action asks for was refused; the rest is done."""


@dataclass
class SessionState:
    """What the session knows.

    Attributes:
        name: who this tab is for a browser that takes no cookie.
        mark: tells it from another session of the same tab, which may have lost it; no secret.
        kept: what pages keep, by name. shown: the run that the tab showed last, or "".
        refusal: why the last action was refused, until it is shown. refused_at: the key of the
            widget whose value it was, or "".
        acted: how many actions there were. settled: how many of them the address knows.
        acted_on: the page of the last one.
        completed: how often an address was to be written in place. completion: the last time, of
            which, and by what.
    """

    name: str = field(default_factory=lambda: secrets.token_hex(16))
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    kept: dict[str, Any] = field(default_factory=dict)
    shown: str = ""
    refusal: Exception | None = None
    refused_at: str = ""
    acted: int = 0
    settled: int = 0
    acted_on: str = ""
    completed: int = 0
    completion: tuple[Query, dict[str, str]] = field(default_factory=lambda: ({}, {}))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def note_action(self) -> None:
        """Whatever the address says until it is written: the state has the last word."""
        with self.lock:
            self.acted += 1
            self.acted_on = _context().page_script_hash

    def complete_address(self, asked: Query, parameters: dict[str, str]) -> None:
        """Let the browser write these in place of what the address asked."""
        self.completed += 1
        self.completion = asked, parameters

    @property
    def outruns_address(self) -> bool:
        """Whether this page was acted on since the address was last written."""
        return self.acted > self.settled and self.acted_on == _context().page_script_hash


_sessions: WeakKeyDictionary[object, SessionState] = WeakKeyDictionary()


def here() -> SessionState:
    """This session's state. Streamlit cannot end the run here, unlike in its own session state."""
    session = _context().fragment_storage  # of all that a run is given, the session's own and one
    return _sessions.get(session) or _sessions.setdefault(session, SessionState())


def _context() -> ScriptRunContext:
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("outside of any session")
    return context


def action(act: Callable[..., None]) -> Callable[..., None]:
    """Make a widget's callback one that is done as a whole, and by one click after the other.

    A second click can be sent before the browser has heard of the address that the first one led
    to: see `PageState`. What is refused is reported. Inside it nothing may touch
    `st.session_state` or `st.query_params`: `entered` reads a widget, `query_asked` the address.
    """

    @functools.wraps(act)
    def acting(*arguments: Any) -> None:
        session = here()
        with session.lock:
            session.note_action()
            try:
                act(*arguments)
            except Refused as error:
                report(error)

    return acting


@action
def noted() -> None:
    """The callback of a widget that the page reads by itself: its rerun is no navigation."""


def entered(key: str, default: Any = None) -> Any:
    """The value of a widget, for an action: Streamlit may not end the run here."""
    return st.session_state.to_dict().get(key, default)


def query_asked() -> Query:
    """The address that Streamlit's frontend sent with this run, or that the page has written since.

    The frontend sends what the script wrote last, where it wrote anything, and else the address
    bar. What a component has written into the address bar since can be missing.

    Unlike `st.query_params` no place where Streamlit may end the run.
    """
    asked = parse_qs(_context().query_string, keep_blank_values=True)
    return {name: texts for name, texts in asked.items() if name.lower() not in _EMBEDDING}


def reported(key: str) -> Any:
    """The value of a widget as the browser sent it with this run; None where it sent none.

    `entered` is the value that the page has set where the browser has not drawn the widget yet.
    """
    state = _context().session_state._state
    return state._new_widget_state.get(state.get_widget_id_from_key(key) or "")


def fragment_alone() -> bool:
    """Whether this run of the script is a fragment's alone.

    Components ask for some of these runs, for example once a picture is painted. They carry the
    address and the values of all widgets as the browser knew them, which may be older than what the
    page has set since, so they count neither as navigation nor as an entry.
    """
    return bool(_context().fragment_ids_this_run)


def went_back_or_forward() -> bool:
    """Whether the browser's own *back* or *forward* has led to this run of the script."""
    return _context().is_history_navigation


def report(error: Exception, at: str = "") -> None:
    """Keep a refusal for the next drawing of the page; `at`: the key of the refused widget."""
    session = here()
    session.refusal, session.refused_at = error, at


def redraw() -> None:
    """Draw the whole page again, from a fragment, with the session's state.

    The fragment's rerun can carry the address from before the last click.
    """
    here().note_action()
    st.rerun(scope="app")
