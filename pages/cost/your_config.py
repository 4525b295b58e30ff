"""Your own model: a config.json read field by field, and every tensor that it means."""

import streamlit as st

from moeviz.ui.cost.check_with_transformers import check_own
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.your_config import (
    file_fields,
    make_subject,
    own_model,
    own_numbers,
    own_tensors,
)
from moeviz.ui.cost.your_config_lesson import (
    OWN_ANSWER,
    OWN_EXPERIMENTS,
    OWN_QUESTION,
    OWN_SOURCES,
    OWN_WHERE,
)
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import YOUR_CONFIG

opening(
    "Your own model",
    "Paste a config.json: exact counts, tensor by tensor, or the field that is wrong.",
    in_one_line=True,
)
state = load_count()
show_what_was_refused()
model = own_model()  # above the file, so that a refusal is seen on a narrow screen as well
file, numbers = st.columns([2, 5], gap="medium")
with file:
    file_fields(state)
with numbers:
    if model is not None:
        own_numbers(model)
        make_subject(state, model)
    check_own(model)
if model is not None:
    own_tensors(model)

try_this(YOUR_CONFIG, OWN_EXPERIMENTS)
how_this_is_computed(OWN_WHERE, OWN_SOURCES, live=False, metrics=False)
in_an_interview(OWN_QUESTION, OWN_ANSWER)
write_count_address()
