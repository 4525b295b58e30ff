"""The choice of another run to ask, for the pages that question a model.

Knows nothing of what a page asks.
"""

from __future__ import annotations

import time

import streamlit as st

from moeviz.ui.inspect.asking import change_asking, first_run, routed_arms
from moeviz.ui.inspect.state import AskingState
from moeviz.ui.shared.session import engine, owner
from moeviz.ui.shared.shown import place_of, shown_in
from moeviz.ui.shared.visit import action


def run_choice(state: AskingState) -> None:
    """Another run of this browser to ask, or a new one; for a place behind a door."""
    runs = {run.run_id: run for run in engine().runs(owner()) if routed_arms(run.config)}

    def named(run_id: str) -> str:
        started = time.strftime("%H:%M:%S", time.localtime(runs[run_id].created_unix_s))
        return f"started {started}, step {runs[run_id].step:,}"

    def take(run_id: str | None) -> None:
        if run_id is not None:
            change_asking(run=run_id, arm="", step=None, token=None, expert=None)

    shown = state.run if state.run in runs else None
    st.selectbox(
        "Run", list(runs), place_of(shown, list(runs)), key="asked_run",
        on_change=shown_in("asked_run", shown, take), format_func=named,
        placeholder="the run of the address", help=f"One of the {len(runs)} runs of this browser.",
    )  # fmt: skip
    st.button("Start a new run", key="new_run", on_click=_start_another,
              help="Untrained and paused; the others are kept.")  # fmt: skip


@action
def _start_another() -> None:
    run_id = engine().start(first_run(), owner(), paused=True)
    change_asking(run=run_id, arm="", step=None, token=None, expert=None)
