"""Decoding speed: bytes, FLOPs and time of a decode step against the batch size."""

from moeviz.ui.cost.decoding_speed import speed_picture, speed_strip
from moeviz.ui.cost.decoding_speed_lesson import SOURCES, TEXTS
from moeviz.ui.cost.live_experts import live_experts
from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.subject import context_note, subject_of, with_one_path
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import DECODING_SPEED
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
speed_strip(state)
show_what_was_refused()
subject = with_one_path(subject_of(state))
if subject is not None:
    context_note(state, subject)
    speed_picture(state, subject)
live_experts(state)

lesson(DECODING_SPEED, TEXTS, SOURCES, live=False)
page_end(DECODING_SPEED)
write_count_address()
