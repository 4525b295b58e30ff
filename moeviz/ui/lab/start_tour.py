"""The tour on Start: hands the component what it shows, and the visitor's own text to the model."""

from __future__ import annotations

import streamlit as st

from moeviz.ui.components.tour import tour
from moeviz.ui.lab.own_trace import own_trace
from moeviz.ui.lab.tour_data import tour_data
from moeviz.ui.shared.lab_state import LabState
from moeviz.ui.shared.session_state import entered, here

KEY = "tour"
_OWN = "tour_own"


@st.fragment
def start_tour(state: LabState) -> None:
    """Show the tour; an own text runs this fragment alone."""
    tour(tour_data(state, here().kept.get(_OWN)), key=KEY, on_text=_read)


def _read() -> None:
    """An own text was typed, or the model is ready for it."""
    typed = entered(KEY).text
    if isinstance(typed, str):
        here().kept[_OWN] = own_trace(typed)
