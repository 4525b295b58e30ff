"""The choice of another run, for the pages that question a model.

Knows nothing of their questions.
"""

from __future__ import annotations

import time

import streamlit as st

from moeviz.texts import say_from
from moeviz.ui.inspect.asking import change_asking, first_run, routed_arms
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.shared.run_names import run_title
from moeviz.ui.shared.session import engine, owner
from moeviz.ui.shared.session_state import action
from moeviz.ui.shared.shown import place_of, shown_in

say = say_from(__file__)


def run_choice(state: AskingState) -> None:
    """Another run of this browser, or a new one; for a place inside a popover."""
    runs = {run.run_id: run for run in engine().runs(owner()) if routed_arms(run.config)}

    def named(run_id: str) -> str:
        run = runs[run_id]
        started = time.strftime("%H:%M:%S", time.localtime(run.created_unix_s))
        return say("named", title=run_title(run.config), time=started)

    def take(run_id: str | None) -> None:
        if run_id is not None:
            change_asking(run=run_id, arm="", step=None, token=None, expert=None)

    shown = state.run if state.run in runs else None
    st.selectbox(
        say("label"), list(runs), place_of(shown, list(runs)), key="asked_run",
        on_change=shown_in("asked_run", shown, take), format_func=named,
        placeholder=say("placeholder"), help=say("help", count=len(runs)),
    )  # fmt: skip
    st.button(say("new.label"), key="new_run", on_click=_start_another, help=say("new.help"))


@action
def _start_another() -> None:
    run_id = engine().start(first_run(), owner(), paused=True)
    change_asking(run=run_id, arm="", step=None, token=None, expert=None)
