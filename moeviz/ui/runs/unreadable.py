"""The saved runs that cannot be read: which, since when, why, and their deletion.

Knows nothing of how runs are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from moeviz.engine.protocol import UnreadableRun
from moeviz.texts import say_from
from moeviz.ui.runs.listing import at_time, delete

SHOWN_CHARACTERS = 8
"""Of the id of a run of no known owner: who knows a whole id may watch the run."""

say = say_from(__file__)


def unreadable_runs(runs: Sequence[UnreadableRun]) -> None:
    """A block for each; nothing at all where every saved run can be read."""
    if not runs:
        return
    st.markdown(f"## {say('title')}\n\n{say('words')}")
    for run in runs:
        with st.container(key=f"unreadable_{run.run_id}", gap="small"):
            st.text(_said(run))
            if run.owned:
                _deletion(run.run_id)


def _said(run: UnreadableRun) -> str:
    """In plain text: the reason quotes what the files hold."""
    lines = {"saved": at_time(run.saved_unix_s), "why": run.why}
    if run.owned:
        return say("run", run=run.run_id, **lines)
    return say("ownerless", begins=run.run_id[:SHOWN_CHARACTERS], **lines)


def _deletion(run_id: str) -> None:
    """After a second click, as for other runs."""
    with st.popover(say("delete.label"), icon=":material/delete:", key=f"deletion_{run_id}"):
        st.markdown(say("delete.words"))
        st.button(
            say("delete.confirm"), key=f"delete_{run_id}", type="primary", on_click=delete,
            args=([run_id],),
        )  # fmt: skip
