"""Start: what a Mixture of Experts is, and at once a router that collapses beside its twin."""

import streamlit as st

from moeviz.engine.protocol import RunStatus
from moeviz.ui.components.load_bars import load_bars
from moeviz.ui.components.loss_lines import loss_lines
from moeviz.ui.lab.panel import happening
from moeviz.ui.lab.transport import transport, what_to_press
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.live import WINDOW, bars_of, live_panel, loss_series, standing
from moeviz.ui.shared.navigation import LAB, START
from moeviz.ui.shared.presets import BY_NAME
from moeviz.ui.shared.run_names import what_learns
from moeviz.ui.shared.session import (
    engine,
    last_run,
    run_status,
    show_notices,
    show_refusal,
    shown_state,
    write_address,
)

engine().warm_up()
state = shown_state()
write_address()  # before anything is drawn: the end of a run of the script is lost most easily
arms = state.run_config().arms
status = run_status(state.run)
learning = what_learns(status.config if status else state.run_config())

opening(
    "Watch a router collapse",
    "A Mixture of Experts replaces each feed-forward layer of a network by many, the *experts*, "
    f"and a small *router* sends each token to only a few of them. {learning} "
    + what_to_press(status),
)
with st.container(horizontal=True, vertical_alignment="center", key="transport"):
    transport(status, stepping=False)
    st.page_link(LAB, label="Open in the lab", query_params={"run": state.run} if state.run else {})
show_notices()
show_refusal()
if status is None and (last := last_run()):
    st.page_link(
        START, label="Your last run is still here: show it", icon=":material/history:",
        query_params={"run": last},
    )  # fmt: skip


def draw(status: RunStatus | None) -> None:
    """Bars of choices by expert, the loss, and what is happening in words."""
    standing(status)
    bars, losses = st.columns([3, 2])
    with bars:
        load_bars(bars_of(status, arms), key="bars", placeholder="Press Start")
    with losses:
        histories = engine().history(status.run_id) if status else {}
        loss_lines(loss_series(histories), key="losses", y_label="Cross-entropy, nats per token")
        happening(status)


live_panel(state.run, draw)

try_this(LAB, [BY_NAME["rescue"], BY_NAME["loss_free"], BY_NAME["tight_capacity"]])
how_this_is_computed(
    "Every bar and line is live: it comes from the models that a worker process is training "
    "for this page. A bar is the part of a layer's choices, k a token, that went to an expert, "
    f"mean over {WINDOW}; the line across the bars is the fair share. Cross-entropy is that of "
    "each training batch, in nats per token.",
    [
        ("moeviz.model.feed_forward", "MoEFeedForward"),
        ("moeviz.routing.selection", "select_experts"),
    ],
    metrics=False,
)
in_an_interview(
    "What is a Mixture of Experts, and why does its router need balancing?",
    "Each feed-forward layer becomes N experts and a linear router; a token is computed by its top "
    "k experts only, so parameters grow with N and compute with k. Which expert gets a token also "
    "decides which expert learns from it: the one that is chosen more gets better and is chosen "
    "still more, until a few take everything and the others are stored but never trained. A "
    "balance loss, or a bias on the selection, pushes against that.",
)
