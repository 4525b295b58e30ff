"""Capacity lab: one slider for an expert's capacity, over a real batch of the running model."""

import streamlit as st

from moeviz.ui.capacity.controls import capacity_strip
from moeviz.ui.capacity.lesson import SOURCES, TEXTS
from moeviz.ui.capacity.page import measured, picture_of, said_of_the_model, study_of
from moeviz.ui.capacity.training import training_cost
from moeviz.ui.inspect.asking import (
    asked_arm,
    load_asking,
    run_or_start,
    show_asking_notices,
    write_asking_address,
)
from moeviz.ui.inspect.training import training_line
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import CAPACITY
from moeviz.ui.shared.page_end import page_end
from moeviz.ui.shared.session import engine, show_refusal

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
engine().warm_up()
status = run_or_start()
state = load_asking()
capacity_strip(state, status)
show_asking_notices()
show_refusal()
training_line(status)
arm = asked_arm(state, status)
if status is None or arm is None:
    st.text("Waiting for a run.")
else:
    study, batch = study_of(state, status)
    said_of_the_model(study, state, status)
    if batch is not None:
        picture_of(batch, state, arm)
        measured(study, batch, state)
    training_cost(arm)

lesson(CAPACITY, TEXTS, SOURCES, live=False)
page_end(CAPACITY, status.config if status else None)
write_asking_address()
