"""Capacity lab: one slider for the seats of an expert, over a real batch of the running model."""

import streamlit as st

from moeviz.ui.capacity.controls import capacity_strip
from moeviz.ui.capacity.experiments import CAPACITY_EXPERIMENTS
from moeviz.ui.capacity.lesson import CAPACITY_ANSWER, CAPACITY_SOURCES, CAPACITY_WHERE
from moeviz.ui.capacity.page import measured, picture_of, study_of
from moeviz.ui.capacity.training import training_cost
from moeviz.ui.inspect.asking import (
    asked_arm,
    load_asking,
    run_or_start,
    show_asking_notices,
    write_asking_address,
)
from moeviz.ui.inspect.training import training_line
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import CAPACITY
from moeviz.ui.shared.session import engine, show_refusal

opening(
    "Capacity lab",
    "An expert with a fixed number of seats turns tokens away when it is full and computes empty "
    "seats when it is not. Turn the capacity factor and see who pays.",
    in_one_line=True,
)
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
    if batch is not None:
        picture_of(batch, state, arm)
        measured(study, batch, state)
    training_cost(arm)

try_this(CAPACITY, CAPACITY_EXPERIMENTS)
how_this_is_computed(CAPACITY_WHERE, CAPACITY_SOURCES, live=False, metrics=False)
in_an_interview("What does a capacity factor of 1.25 buy, and what does it cost?", CAPACITY_ANSWER)
write_asking_address()
