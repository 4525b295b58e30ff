"""Memory: of a model that serves, and of a model that trains."""

from moeviz.ui.cost.memory import (
    cache_picture,
    memory_strip,
    serving_picture,
    training_picture,
)
from moeviz.ui.cost.memory_lesson import SOURCES, TEXTS
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.subject import context_note, subject_of
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import MEMORY
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
memory_strip(state)
show_what_was_refused()
subject = subject_of(state)
if subject is not None:
    context_note(state, subject)
    serving_picture(state, subject)
    cache_picture(state, subject)
    training_picture(state, subject)

lesson(MEMORY, TEXTS, SOURCES, live=False)
page_end(MEMORY)
write_count_address()
