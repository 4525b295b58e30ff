"""Your config.json: a configuration file read field by field, and every tensor of its model."""

import streamlit as st

from moeviz.ui.cost.check_with_transformers import check_own
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.your_config import (
    file_fields,
    make_subject,
    own_model,
    own_numbers,
    own_tensors,
)
from moeviz.ui.cost.your_config_lesson import SOURCES, TEXTS
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import YOUR_CONFIG
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
show_what_was_refused()
refusal = st.container()  # above the file, so that it is seen on a narrow screen as well
file, numbers = st.columns([2, 5], gap="medium")
with file:
    file_fields(state)  # before the file is read: whatever it does, another can be given
with refusal:
    model = own_model()
with numbers:
    if model is not None:
        own_numbers(model)
        make_subject(state, model)
    check_own(model)
if model is not None:
    own_tensors(model)

lesson(YOUR_CONFIG, TEXTS, SOURCES, live=False)
page_end(YOUR_CONFIG)
write_count_address()
