"""Training lab: two arms of one model, every knob, and what each change does while they train."""

import streamlit as st

from moeviz.engine.protocol import RunStatus
from moeviz.ui.components.load_bars import load_bars
from moeviz.ui.lab.panel import charts, happening, numbers, verdicts
from moeviz.ui.lab.strip import control_strip, load_lab
from moeviz.ui.lab.transport import new_run_banner, say_forked
from moeviz.ui.shared.controls import in_force
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.live import WINDOW, bars_of, live_panel, standing
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.presets import PRESETS
from moeviz.ui.shared.session import (
    engine,
    run_status,
    show_notices,
    show_refusal,
    write_address,
)

opening(
    "Training lab",
    "Two arms share seed, data and every knob except those you set apart: what differs between the "
    "pictures is what those knobs do.",
    in_one_line=True,
)

engine().warm_up()
state = load_lab()
write_address()  # before anything is drawn: the end of a run of the script is lost most easily
status = run_status(state.run)
control_strip(state, status)
show_notices()
show_refusal()
new_run_banner(state, status)
say_forked(status)
shown = in_force(state, status)
arms = status.config.arms if status else state.run_config().arms


def draw(status: RunStatus | None) -> None:
    """The stage: bars beside the charts over time, and the run in words."""
    if in_force(state, status) != shown:
        st.rerun(scope="app")  # the run has changed a knob by itself: its control shows it
    standing(status)
    bars, lines = st.columns([1, 1], gap="medium")
    with bars:
        load_bars(bars_of(status, status.config.arms if status else arms), key="bars")
        happening(status)
        verdicts(state, status)
    with lines:
        charts(status, state)
    numbers(status)


live_panel(state.run, draw)

try_this(LAB, PRESETS)
how_this_is_computed(
    "Everything above is live, from the models that a worker process trains for this page. The "
    f"measures are taken of the mean load over {WINDOW}. An expert's capacity is "
    "⌈CF · k · T / N⌉ slots: the factor k is included, as in Megatron-Core, DeepSpeed, MegaBlocks "
    "and V-MoE; Switch, Mesh-TensorFlow and Flaxformer leave it out, so that their CF 2 at top-2 "
    "is CF 1 here.",
    [
        ("moeviz.routing.losses", "load_balancing_loss"),
        ("moeviz.routing.capacity", "expert_capacity"),
        ("moeviz.routing.losses", "router_z_loss"),
    ],
    metrics=True,
)
in_an_interview(
    "Your router collapses. How do you notice, and what do you try?",
    "Notice it by the load per layer, not by the loss: normalised entropy far below 1, MaxVio near "
    "N − 1, dead experts. A tight capacity factor hides it, since what is computed looks even "
    "while tokens are dropped: watch what the router asks for. Then: a balance loss of about "
    "0.01, or a selection bias that moves against the load; k above 1; a small z-loss and a lower "
    "learning rate when router logits grow. Too strong a balance loss costs language-model loss.",
)
