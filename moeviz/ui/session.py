"""One visit: who is looking, which run the tab shows, what the lab's state is, what was refused."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import secrets
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from moeviz.config import ConfigError
from moeviz.engine.protocol import Engine, EngineError, RunStatus, UnknownRun
from moeviz.engine.runtime import engine as process_engine
from moeviz.ui.address import from_query, to_query
from moeviz.ui.components.browser_identity import browser_identity
from moeviz.ui.lab_state import LabState, same_experiment, start_config
from moeviz.ui.page_state import ACTING, PageState


def engine() -> Engine:
    """The process's engine."""
    return process_engine()


def identify() -> None:
    """Ask the browser who it is, on every page: a run that a click starts needs its owner then."""
    offered = st.session_state.setdefault("offered_name", secrets.token_hex(16))
    identity = browser_identity(key="browser", offered=offered)
    if identity is not None:
        st.session_state["owner"] = identity


def identified() -> bool:
    """Whether the browser has said who it is; until then a returning one has another name."""
    return "owner" in st.session_state


def owner() -> str:
    """Who this browser is. Before it has answered: the name that a new browser is offered."""
    return str(st.session_state["owner" if identified() else "offered_name"])


@dataclasses.dataclass
class _Visit:
    """The run that this visit shows; `""` for none."""

    run: str = ""


def _left(visit: _Visit) -> None:
    """The tab was closed or reloaded: train no more for nobody. Whoever looks again resumes it."""
    if visit.run:
        with contextlib.suppress(EngineError):
            engine().close(visit.run)


@st.cache_resource(scope="session", on_release=_left, show_spinner=False)
def _visit() -> _Visit:
    return _Visit()


def action(act: Callable[..., None]) -> Callable[..., None]:
    """Mark a widget's callback as one: it acts on the session's state, whatever the address says.

    A second click can be sent before the browser has heard of the address that the first one led
    to; read as a new address, it would undo the first click. What is refused is reported.
    """

    @functools.wraps(act)
    def acting(*arguments: Any) -> None:
        st.session_state[ACTING] = True
        try:
            act(*arguments)
        except Refused as error:
            report(error)

    return acting


def shown_in(key: str, value: Any, take: Callable[[Any], None]) -> Callable[[], None]:
    """Make a widget show a value; returns its callback, which gives `take` what the user enters.

    A live panel's tick carries the values of all widgets as the browser knows them. A tick that was
    sent before the browser had heard of a value that the page itself has set repeats the old one:
    that is nobody's wish, and is not taken. What a user enters reruns the whole page. A value that
    the browser has already is not sent again: it would undo what is being typed.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value

    @action
    def taken() -> None:
        if not ticking() and st.session_state[key] != value:
            take(st.session_state[key])

    return taken


def ticking() -> bool:
    """Whether this run of the script is a fragment's alone."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def redraw() -> None:
    """Draw the whole page again with the session's state.

    For a page that redraws itself: a tick can carry the address from before the last click.
    """
    st.session_state[ACTING] = True
    st.rerun(scope="app")


def load_state() -> LabState:
    """The lab's state, from the address when it is new, else from the session."""
    return _lab.load()


def change_state(**changes: Any) -> None:
    """Replace fields of the state; ConfigError, and no change, when they describe no run."""
    _lab.change(**changes)


def replace_state(state: LabState) -> None:
    """Take another state."""
    _lab.replace(state)


def write_address() -> None:
    """Make the address say what the state says, and remember what to leave when the tab closes."""
    show_run(_lab.write_address().run)


def show_run(run_id: str) -> None:
    """Remember the run that the tab shows: it pauses when the tab closes."""
    _visit().run = run_id


def shown_run() -> str:
    """The run that the tab showed last, on any page; "" for none."""
    return _visit().run


def show_notices() -> None:
    """What was refused in the address, until the next address."""
    _lab.show_notices()


def run_status(run_id: str) -> RunStatus | None:
    """Where the run stands, or None when there is none (any more)."""
    if not run_id:
        return None
    try:
        return engine().latest(run_id)
    except UnknownRun:
        return None


def _as_its_run(state: LabState) -> LabState:
    """The state that an address leads to, told by the run that it names.

    The run knows its live knobs better than an address that was written earlier, and the user's
    own text is in no address. An address that says nothing but the run takes all controls from it.
    """
    status = run_status(state.run)
    if status is None:
        return state
    config = start_config(status.config, status.started, status.step)
    if same_experiment(state, LabState()):
        return dataclasses.replace(state, **LabState.fields_of(config))
    text = config.arms[0].train.user_text
    told = dataclasses.replace(state.in_force(config), user_text=text)
    try:
        told.run_config()
    except ConfigError:
        return dataclasses.replace(state, user_text=text)
    return told


_lab = PageState("lab", from_query, to_query, _as_its_run, LabState.run_config)


def report(error: Exception) -> None:
    """Keep a refusal for the next drawing of the page, in words."""
    st.session_state["refusal"] = str(error)


def show_refusal() -> None:
    """The last refused action, once."""
    refusal = st.session_state.pop("refusal", "")
    if refusal:
        st.error("Refused. Nothing was changed.")
        st.text(refusal)


Refused = (EngineError, ValueError)
"""What an engine's method raises for a request that it refuses, ConfigError included."""
