"""The page Total vs active: a model in numbers and bars, beside dense models, and its sums."""

from __future__ import annotations

import streamlit as st

from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count
from moeviz.analysis.cost.total_vs_active import (
    total_vs_active_info,
    total_vs_active_numbers,
    total_vs_active_rows,
)
from moeviz.ui.components.derived_numbers import derived_numbers
from moeviz.ui.cost.component_chart import component_chart
from moeviz.ui.cost.state import CountState
from moeviz.ui.cost.words import growth_words, name_words

CONTEXT = 4096
"""Context of the FLOPs per token, where the model has positions for it."""

_LABEL = "Parameters by component: total, active, and of two dense models"


def total_vs_active_picture(state: CountState) -> None:
    """Numbers, bars, sums."""
    name, start = SKETCHES[state.like]
    context = min(CONTEXT, *(each.positions or CONTEXT for each in (state.sketch(), start)))
    info = total_vs_active_info(state.architecture(), name, start.architecture(), context)
    derived_numbers(total_vs_active_numbers(info, context), key="total_vs_active_numbers")
    picture, words = st.columns([3, 2], gap="medium")
    with picture:
        component_chart(
            total_vs_active_rows(info), "parameters", count, key="total_vs_active_bars",
            label=_LABEL,
        )  # fmt: skip
    with words:
        if info.sums is not None:
            st.markdown(f"{name_words(info.sums)}\n\n{growth_words(info.sums)}")
