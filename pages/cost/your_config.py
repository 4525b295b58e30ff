"""Your config.json: a configuration file read field by field, and what its model costs."""

import streamlit as st

from moeviz.ui.cost.answer_card import all_accelerators, answer_card
from moeviz.ui.cost.check_with_transformers import check_own
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.smaller_accelerator import smaller_accelerator
from moeviz.ui.cost.your_config import (
    file_fields,
    make_subject,
    own_components,
    own_model,
    own_numbers,
    own_tensors,
    own_unread,
)
from moeviz.ui.cost.your_config_lesson import SOURCES, TEXTS
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import YOUR_CONFIG
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
show_what_was_refused()
refusal = st.container(key="read_refusal")  # above the file: seen on a narrow screen as well
file, numbers = st.columns([2, 5], gap="medium")
with file:
    file_fields(state)  # before the file is read: whatever it does, another can be given
unread, counts = numbers.container(), numbers.container(key="read_counts")
with refusal:
    model = own_model()
with counts:
    if model is not None:
        own_numbers(model)
        answer_card(state, model)
        make_subject(state, model)
    check_own(model)
with st.container(key="read_details"):
    if model is not None:
        smaller_accelerator(state, model)
        own_components(model)
        all_accelerators(state, model)
        own_tensors(model)
with unread:
    own_unread()

lesson(YOUR_CONFIG, TEXTS, SOURCES, live=False)
page_end(YOUR_CONFIG)
write_count_address()
