"""Released models: counted under three conventions, compared, on one plot, in one table."""

import streamlit as st

from moeviz.ui.cost.released_models import (
    compare_field,
    each_in_words,
    models_plot,
    models_table,
    side_by_side,
)
from moeviz.ui.cost.released_models_lesson import (
    MODELS_ANSWER,
    MODELS_EXPERIMENTS,
    MODELS_QUESTION,
    MODELS_SOURCES,
    MODELS_WHERE,
)
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import RELEASED_MODELS

opening(
    "Released models",
    "What they store, what a token meets, and how their authors counted.",
    in_one_line=True,
)
state = load_count()
show_what_was_refused()
plot, chosen = st.columns([1, 1], gap="medium")
with plot:
    models_plot(state)
with chosen:
    compare_field(state)
    side_by_side(state)
models_table(state)
each_in_words(state)

try_this(RELEASED_MODELS, MODELS_EXPERIMENTS)
how_this_is_computed(MODELS_WHERE, MODELS_SOURCES, live=False, metrics=False)
in_an_interview(MODELS_QUESTION, MODELS_ANSWER)
write_count_address()
