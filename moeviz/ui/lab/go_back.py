"""Back to a step that the run has kept: rewind the run itself, or fork a new one from there.

Knows nothing of how checkpoints are kept.
"""

from __future__ import annotations

import streamlit as st

from moeviz.engine.protocol import RunStatus
from moeviz.ui.lab.doors import close, door
from moeviz.ui.lab.transport import fork_from, rewind_to
from moeviz.ui.shared.visit import action, entered, noted

_DOOR = "go_back"


def go_back(status: RunStatus | None) -> None:
    """A door to the kept steps; it lists them as they are when it is opened."""
    steps = [step for step in status.checkpoints if step < status.step] if status else []
    with door("Go back", "history", _DOOR, disabled=status is None) as opened:
        if not opened.open:
            return
        if not steps:
            st.markdown("No earlier step is kept yet.")
            return
        st.selectbox(
            "Kept step", steps[::-1], key="kept_step", on_change=noted,
            format_func=lambda step: f"step {step:,}",
            help=f"The run keeps its state now and then: here {len(steps)} times, from step "
            f"{steps[0]:,} to {steps[-1]:,}.",
        )  # fmt: skip
        st.button("Rewind here", key="do_rewind", icon=":material/undo:", on_click=_rewind)
        st.markdown("This run goes back; its later steps are forgotten.")
        st.button("Fork from here", key="do_fork", icon=":material/call_split:", on_click=_fork)
        st.markdown(
            "A new run starts with these steps as its past; this one is kept as it is, paused, "
            "in *Your runs*."
        )


def _rewind() -> None:
    _rewind_here()
    close(_DOOR)


def _fork() -> None:
    _fork_here()
    close(_DOOR)  # after the action, since Streamlit may end the run here: then it stays open


@action
def _rewind_here() -> None:
    rewind_to(entered("kept_step"))


@action
def _fork_here() -> None:
    fork_from(entered("kept_step"))
