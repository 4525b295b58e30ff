"""Start: two copies of one model, a load-balancing switch above each, live."""

import streamlit as st

from moeviz.ui.components.start_stage import start_stage
from moeviz.ui.lab.start_data import start_data
from moeviz.ui.shared.lab_session import (
    STAGE,
    keep_run,
    load_state,
    show_notices,
    shown_state,
    write_address,
)
from moeviz.ui.shared.lesson import (
    below_the_picture,
    how_this_is_computed,
    in_an_interview,
    opening,
    try_this,
)
from moeviz.ui.shared.navigation import LAB, START
from moeviz.ui.shared.page_run import page_run
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.run_names import what_learns
from moeviz.ui.shared.session import last_run, show_refusal

status = page_run(shown_state())
state = load_state()
write_address()  # before anything is drawn: the end of a run of the script is lost most easily
opening(
    "Break it, then repair it",
    "A Mixture of Experts (MoE) replaces each feed-forward layer by many, the *experts*; a small "
    "*router* sends each token to only a few. " + (what_learns(status.config) if status else ""),
)
show_notices()
show_refusal()
if status is not None:
    start_stage(start_data(status, state), key=STAGE, on_kept=keep_run)


def lesson() -> None:
    """What stands below the stage."""
    with st.container(horizontal=True, key="start_links"):
        st.page_link(LAB, label="All knobs: open in the training lab", icon=":material/science:")
        if not state.run and (last := last_run()):
            st.page_link(
                START, label="Your last run is still here: show it", icon=":material/history:",
                query_params={"run": last},
            )  # fmt: skip

    try_this(LAB, [BY_NAME["rescue"], BY_NAME["loss_free"], BY_NAME["tight_capacity"]])
    how_this_is_computed(
        "Every bar, line and sentence is live: it comes from the models that a worker process "
        "trains for this page. A bar is an expert's share of the layer's assignments, averaged "
        "over the last 20 steps; the dashed line is an even share. Cross-entropy is that of each "
        "training batch, in nats per token.",
        [
            ("moeviz.model.feed_forward", "MoEFeedForward"),
            ("moeviz.routing.selection", "select_experts"),
        ],
        live=True,
        metrics=False,
    )
    in_an_interview(
        "What is a Mixture of Experts, and why does its router need balancing?",
        "Each feed-forward layer becomes E experts and a linear router; a token is computed by its "
        "top k experts only, so parameters grow with E and compute with k. Which expert gets a "
        "token also decides which expert learns from it: the one that is chosen more gets better "
        "and is chosen still more, until a few get almost everything and the others are stored but "
        "never trained. A load-balancing loss, or a bias on the selection, pushes against that.",
    )


below_the_picture(lesson)
