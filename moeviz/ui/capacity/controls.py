"""The strip of the capacity lab: the model, the capacity factor, the policy, k.

All of them hold for the page's questions alone. Knows nothing of answers.
"""

from __future__ import annotations

import streamlit as st

from moeviz.engine.protocol import RunStatus
from moeviz.ui.inspect.asking import asked_knob, subject_controls
from moeviz.ui.inspect.capacity_factor import factor_slider
from moeviz.ui.inspect.state import AskingState

DEFAULT_FACTOR = 1.0
"""What the page shows of a dropless run: without a factor it would have nothing to show."""


def capacity_strip(state: AskingState, status: RunStatus | None) -> None:
    """One row: the model, then what capacity does to it."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="transport"):
        factor_slider(state, status, DEFAULT_FACTOR)
        asked_knob("drop_policy", state, status, width=210)
        asked_knob("top_k", state, status, width=150)
        subject_controls(state, status)
