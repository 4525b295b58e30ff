"""Released models: counted under three conventions, compared, in one plot and one table."""

import streamlit as st

from moeviz.ui.cost.released_models import (
    compare_field,
    each_in_words,
    models_plot,
    models_table,
    side_by_side,
)
from moeviz.ui.cost.released_models_lesson import SOURCES, TEXTS
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import RELEASED_MODELS
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
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

lesson(RELEASED_MODELS, TEXTS, SOURCES, live=False)
page_end(RELEASED_MODELS)
write_count_address()
