"""What a page shows of a run while it trains: data of bars and lines, and the ticking panel.

One fragment a page asks the engine a few times a second and feeds every live component; it ticks
only while there is something new to show. Knows nothing of how a run is executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from moeviz.analysis.arms import arm_summary, capacity_share
from moeviz.analysis.decimation import blocks
from moeviz.analysis.narration import narrate
from moeviz.config import ArmConfig
from moeviz.engine.protocol import RunStatus
from moeviz.records import WINDOW_STEPS, RunHistory
from moeviz.ui.shared.session import run_status, runs_may_go
from moeviz.ui.shared.visit import redraw

TICK_S = 0.2
TICKING = ("starting", "running", "recovering")
_COMING_TO_REST = "coming to rest"

LINE_POINTS = 160

WINDOW = f"the last {WINDOW_STEPS} steps"
"""What loads and measures are means over, in words."""


def live_panel(run_id: str, draw: Callable[[RunStatus | None], None]) -> None:
    """Call `draw` with the run's status now and, while it trains, five times a second.

    When the run starts or stops by itself, or is deleted elsewhere, the whole page is drawn again,
    so that its buttons agree.
    """
    first = _state_of(run_status(run_id))
    ticking = first in (*TICKING, _COMING_TO_REST)

    @st.fragment(run_every=TICK_S if ticking else None)
    def panel() -> None:
        status = run_status(run_id)
        if _state_of(status) != first:
            redraw()
        with runs_may_go():
            draw(status)

    panel()


def _state_of(status: RunStatus | None) -> str | None:
    """Its state; another word while a step may come that was begun before the run was to rest."""
    if status is None:
        return None
    return status.state if status.obeyed or status.state in TICKING else _COMING_TO_REST


def bars_of(status: RunStatus | None, arms: tuple[ArmConfig, ...]) -> list[dict[str, Any]]:
    """The arms as `load_bars` takes them; empty axes where there is no step yet."""
    latest = status.latest if status else {}
    return [_arm_bars(arm, latest.get(arm.name)) for arm in arms]


def _arm_bars(arm: ArmConfig, snapshot: Any) -> dict[str, Any]:
    dense = arm.model.is_dense
    layers = [] if dense else range(arm.model.n_layers)
    return {
        "name": arm.name,
        "title": arm.name,
        "subtitle": arm_summary(arm),
        "n_experts": arm.model.n_experts,
        "capacity_share": capacity_share(arm),
        "layers": [
            {
                "load": None if snapshot is None else snapshot.window_load[layer],
                "processed": None if snapshot is None else snapshot.window_processed_load[layer],
            }
            for layer in layers
        ],
    }


def loss_series(histories: Mapping[str, RunHistory]) -> list[dict[str, Any]]:
    """The arms' training cross-entropy as `loss_lines` takes it."""
    series = []
    for index, (name, history) in enumerate(histories.items()):
        if len(history):
            parts = blocks(history["step"], LINE_POINTS)
            values = parts.mean(history["cross_entropy"])
            series.append({"name": name, "x": parts.centres, "y": values, "colour_index": index})
    return series


def sentences(status: RunStatus | None) -> list[str]:
    """One plain sentence an arm: what is happening now."""
    if status is None:
        return []
    return [f"{name}: {narrate(snapshot)}" for name, snapshot in status.latest.items()]


STATE_WORDS = {
    "starting": "Getting ready",
    "running": "Training",
    "paused": "Paused",
    "finished": "Finished",
    "failed": "Stopped for good",
    "recovering": "Recovering",
}


def standing(status: RunStatus | None) -> None:
    """How the run stands, high on the page: a line, and a notice while it is without a worker."""
    st.text(status_line(status))
    if status is not None and status.state == "recovering":
        st.warning(
            "The process that trained this run has ended. Another one is starting and goes on "
            "from the last step that was kept; nothing needs to be done."
        )


def status_line(status: RunStatus | None) -> str:
    """State, step, speed once there is one, and what befell the run's worker, in one line."""
    if status is None:
        return "Not started"
    words = [STATE_WORDS[status.state] + (f": {status.reason}" if status.reason else "")]
    if not re.search(rf"\bstep {status.step}\b", status.reason):
        words.append(f"step {status.step:,}")
    rate = round(sum(status.tokens_per_s.values()))
    if status.state == "running" and rate:
        words.append(f"{rate:,} tokens/s")
    if status.notice:
        words.append(status.notice)
    return "  ·  ".join(words)
