"""FLOPs: per token by component and context, and of a whole training."""

from moeviz.ui.cost.flops import capacity_picture, flops_picture, flops_strip
from moeviz.ui.cost.flops_lesson import SOURCES, TEXTS
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.subject import context_note, subject_of, with_one_path
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import FLOPS
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
flops_strip(state)
show_what_was_refused()
subject = with_one_path(subject_of(state))
if subject is not None:
    context_note(state, subject)
    flops_picture(state, subject)
    capacity_picture(state, subject)

lesson(FLOPS, TEXTS, SOURCES, live=False)
page_end(FLOPS)
write_count_address()
