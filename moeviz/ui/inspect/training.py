"""Training from a page that questions a model: some steps at once, in legs that each leave a
checkpoint.

A run keeps its state where it stops: so a short training can be looked back on step by step. Knows
nothing of what a page shows of the model.
"""

from __future__ import annotations

import streamlit as st

from moeviz.engine.protocol import RunStatus, Until
from moeviz.ui.inspect.asking import change_asking, load_asking
from moeviz.ui.shared.live import TICKING, status_line
from moeviz.ui.shared.session import engine, run_status
from moeviz.ui.shared.visit import Refused, action, here, redraw, report

STEPS = 200
LEG_STEPS = 20
TICK_S = 0.2
_GOAL = "training_goal"


def train_button(status: RunStatus | None) -> None:
    """*Train 200 steps* from where the run stands, or *Pause*."""
    if trains(status):
        st.button("Pause", key="stop_training", icon=":material/pause:", on_click=_stop)
        return
    ended = status is None or status.state in ("finished", "failed")
    st.button(
        f"Train {STEPS} steps", key="train", icon=":material/play_arrow:", on_click=_train,
        type="primary" if status is not None and status.step == 0 else "secondary",
        disabled=ended,
        help=f"Goes on from where the model stands, and keeps its state every {LEG_STEPS} steps.",
    )  # fmt: skip


def training_panel(status: RunStatus | None) -> None:
    """What the run does, in a line; while it trains, with its progress, several times a second.

    The page is drawn again when the training starts or ends, so that all of it agrees.
    """
    goal, run_id = _goal(status), status.run_id if status else ""
    training = trains(status)

    @st.fragment(run_every=TICK_S if training else None)
    def panel() -> None:
        if training and not _goes_on(run_status(run_id), goal):
            here().kept.pop(_GOAL, None)
            redraw()
        now = run_status(run_id)  # where a leg had ended, the next one has begun
        st.text(status_line(now))
        if goal and now:
            st.progress(min(1.0, max(0.0, 1 - (goal - now.step) / STEPS)))

    panel()


def trains(status: RunStatus | None) -> bool:
    """Whether the run trains, for this page or, in another tab or in the lab, for another.

    Between two legs it does, though it rests for a moment.
    """
    return status is not None and (status.state in TICKING or _goal(status) > 0)


def _goal(status: RunStatus | None) -> int:
    """The step that this visit's training of the run is on its way to; 0 for none."""
    run_id, goal, _ = here().kept.get(_GOAL, ("", 0, 0))
    return int(goal) if status is not None and status.run_id == run_id else 0


def _goes_on(status: RunStatus | None, goal: int) -> bool:
    """Whether it trains on, after the next leg was asked for where the last one has ended.

    A run that rests before the end of its leg was paused by someone: it is left so.
    """
    if status is None:
        return False
    if not goal or status.state in TICKING:
        return status.state in TICKING
    _, _, leg_end = here().kept[_GOAL]
    if status.state != "paused" or not leg_end <= status.step < goal:
        return False
    try:
        _next_leg(status, goal)
    except Refused as error:
        report(error)
        return False
    return True


def _next_leg(status: RunStatus, goal: int) -> None:
    end = min(goal, (status.step // LEG_STEPS + 1) * LEG_STEPS)
    engine().resume(status.run_id, Until("step", end))
    here().kept[_GOAL] = (status.run_id, goal, end)


@action
def _train() -> None:
    status = engine().latest(load_asking().run)
    _next_leg(status, status.step + STEPS)
    change_asking(step=None)


@action
def _stop() -> None:
    here().kept.pop(_GOAL, None)
    engine().pause(load_asking().run)
