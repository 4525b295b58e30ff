"""Operations: what a token costs by component and context, and what a training does."""

from moeviz.ui.cost.flops import capacity_picture, operations_picture, operations_strip
from moeviz.ui.cost.flops_lesson import (
    OPERATIONS_ANSWER,
    OPERATIONS_EXPERIMENTS,
    OPERATIONS_QUESTION,
    OPERATIONS_SOURCES,
    OPERATIONS_WHERE,
)
from moeviz.ui.cost.subject import context_note, subject_of, with_one_path
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import FLOPS

opening(
    "Operations",
    "6 · N · D counts active weights alone. Long contexts and capacity factors do more.",
    in_one_line=True,
)
state = load_count()
operations_strip(state)
show_what_was_refused()
subject = with_one_path(subject_of(state))
if subject is not None:
    context_note(state, subject)
    operations_picture(state, subject)
    capacity_picture(state, subject)

try_this(FLOPS, OPERATIONS_EXPERIMENTS)
how_this_is_computed(OPERATIONS_WHERE, OPERATIONS_SOURCES, live=False, metrics=False)
in_an_interview(OPERATIONS_QUESTION, OPERATIONS_ANSWER)
write_count_address()
