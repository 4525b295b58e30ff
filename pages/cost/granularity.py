"""The sparsity dial: the same total with k turned, the same active with N, finer experts."""

from moeviz.ui.cost.granularity import dial_of, dial_picture, dial_strip
from moeviz.ui.cost.granularity_lesson import (
    DIAL_ANSWER,
    DIAL_EXPERIMENTS,
    DIAL_QUESTION,
    DIAL_SOURCES,
    DIAL_WHERE,
)
from moeviz.ui.cost.subject import subject_of, with_one_path
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import GRANULARITY

opening(
    "Sparsity dial",
    "Stored and met can be turned apart; and experts cut finer at no cost but choice.",
    in_one_line=True,
)
state = load_count()
subject = subject_of(state)
dial_strip(state, subject)
show_what_was_refused()
subject = with_one_path(subject)
if subject is not None:
    info = dial_of(state, subject)
    if info is not None:
        dial_picture(info, subject)

try_this(GRANULARITY, DIAL_EXPERIMENTS)
how_this_is_computed(DIAL_WHERE, DIAL_SOURCES, live=False, metrics=False)
in_an_interview(DIAL_QUESTION, DIAL_ANSWER)
write_count_address()
