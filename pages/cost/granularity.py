"""Granularity: one model with its experts per token, its experts or its expert width varied."""

from moeviz.ui.cost.granularity import sweep_of, sweep_picture, sweep_strip
from moeviz.ui.cost.granularity_lesson import SOURCES, TEXTS
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.subject import subject_of, with_one_path
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import GRANULARITY
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
subject = subject_of(state)
sweep_strip(state, subject)
show_what_was_refused()
subject = with_one_path(subject)
if subject is not None:
    info = sweep_of(state, subject)
    if info is not None:
        sweep_picture(info, subject)

lesson(GRANULARITY, TEXTS, SOURCES, live=False)
page_end(GRANULARITY)
write_count_address()
