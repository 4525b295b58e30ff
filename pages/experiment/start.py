"""Start: a tour of one token's way, and two models with a load-balancing switch above each, live.

Both are on the page; the browser decides which is shown.
"""

import streamlit as st

from moeviz.ui.components.start_stage import start_stage
from moeviz.ui.lab.start_data import start_data
from moeviz.ui.lab.start_lesson import SOURCES, TEXTS
from moeviz.ui.lab.start_tour import start_tour
from moeviz.ui.shared.lab_session import (
    STAGE,
    keep_run,
    load_state,
    show_notices,
    shown_state,
    write_address,
)
from moeviz.ui.shared.lesson import below_the_picture, lesson, opening
from moeviz.ui.shared.navigation import LAB, START
from moeviz.ui.shared.page_end import page_end
from moeviz.ui.shared.page_run import page_run
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.session import last_run, show_refusal

SHOWN = [BY_NAME[name] for name in ("matters", "rescue", "loss_free", "tight_capacity")]

status = page_run(shown_state())
state = load_state()
write_address()  # before anything is drawn: Streamlit may end a run of the script early
show_notices()
show_refusal()
start_tour(state)


def below() -> None:
    """What stands below the stage."""
    with st.container(horizontal=True, key="start_links"):
        st.page_link(LAB, label="All knobs: open in the training lab", icon=":material/science:")
        if not state.run and (last := last_run()):
            st.page_link(
                START, label="Your last run is still here: show it", icon=":material/history:",
                query_params={"run": last},
            )  # fmt: skip

    lesson(LAB, TEXTS, SOURCES, experiments=SHOWN, live=True)
    page_end(START, status.config if status else None)


with st.container(key="experiment"):
    opening(TEXTS.title, TEXTS.idea)
    if status is not None:
        start_stage(start_data(status, state), key=STAGE, on_kept=keep_run)
    below_the_picture(below)
