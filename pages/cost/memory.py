"""Memory: what it takes to hold a model, to serve it and to train it."""

from moeviz.ui.cost.memory import (
    cache_picture,
    memory_strip,
    serving_picture,
    training_picture,
)
from moeviz.ui.cost.memory_lesson import (
    MEMORY_ANSWER,
    MEMORY_EXPERIMENTS,
    MEMORY_QUESTION,
    MEMORY_SOURCES,
    MEMORY_WHERE,
)
from moeviz.ui.cost.subject import context_note, subject_of
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import MEMORY

opening(
    "Memory",
    "Every expert must be somewhere: memory follows the total, not what a token meets.",
    in_one_line=True,
)
state = load_count()
memory_strip(state)
show_what_was_refused()
subject = subject_of(state)
if subject is not None:
    context_note(state, subject)
    serving_picture(state, subject)
    cache_picture(state, subject)
    training_picture(state, subject)

try_this(MEMORY, MEMORY_EXPERIMENTS)
how_this_is_computed(MEMORY_WHERE, MEMORY_SOURCES, metrics=False)
in_an_interview(MEMORY_QUESTION, MEMORY_ANSWER)
write_count_address()
