"""Same name, different maths: what each library's balance loss and capacity make of one batch."""

import streamlit as st

from moeviz.ui.conventions.experiments import CONVENTIONS_EXPERIMENTS
from moeviz.ui.conventions.lesson import (
    CONVENTIONS_ANSWER,
    CONVENTIONS_SOURCES,
    CONVENTIONS_WHERE,
)
from moeviz.ui.conventions.page import (
    conventions_strip,
    factor_in_force,
    formulas,
    losses_reading,
    pooled_trap,
    said_of_k,
    same_factor,
    same_loss,
    values_of,
)
from moeviz.ui.inspect.asking import (
    asked_arm,
    load_asking,
    run_or_start,
    show_asking_notices,
    write_asking_address,
)
from moeviz.ui.inspect.training import training_line
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import CONVENTIONS
from moeviz.ui.shared.session import engine, show_refusal

opening(
    "Same name, different maths",
    "“Balance loss”, “capacity factor”: what each library makes of one and the same batch.",
    in_one_line=True,
)
engine().warm_up()
status = run_or_start()
state = load_asking()
conventions_strip(state, status)
show_asking_notices()
show_refusal()
training_line(status)
arm = asked_arm(state, status)
if status is None or arm is None:
    st.text("Waiting for a run.")
else:
    said_of_k(state, arm)
    values = values_of(state, status)
    if values is not None:
        same_loss(values)
        losses_reading()
        formulas(values)
        pooled_trap(values)
        same_factor(values, factor_in_force(state, status))

try_this(CONVENTIONS, CONVENTIONS_EXPERIMENTS)
how_this_is_computed(CONVENTIONS_WHERE, CONVENTIONS_SOURCES, live=False, metrics=False)
in_an_interview(
    "A paper trains with a balance loss of α = 0.01. What do you ask before you copy it?",
    CONVENTIONS_ANSWER,
)
write_asking_address()
