"""Library conventions: each library's load-balancing loss and capacity, on one batch."""

import streamlit as st

from moeviz.ui.conventions.lesson import SOURCES, TEXTS
from moeviz.ui.conventions.page import (
    conventions_strip,
    factor_in_force,
    formulas,
    note_of_k,
    pooled_collapse,
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
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import CONVENTIONS
from moeviz.ui.shared.page_end import page_end
from moeviz.ui.shared.session import engine, show_refusal

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
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
    note_of_k(state, arm)
    values = values_of(state, status)
    if values is not None:
        same_loss(values)
        formulas(values)
        pooled_collapse(values)
        same_factor(values, factor_in_force(state, status))

lesson(CONVENTIONS, TEXTS, SOURCES, live=False)
page_end(CONVENTIONS, status.config if status else None)
write_asking_address()
