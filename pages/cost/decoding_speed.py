"""Speed: what a decoding step reads and computes, and for which of them it waits."""

from moeviz.ui.cost.decoding_speed import speed_picture, speed_strip
from moeviz.ui.cost.decoding_speed_lesson import (
    SPEED_ANSWER,
    SPEED_EXPERIMENTS,
    SPEED_QUESTION,
    SPEED_SOURCES,
    SPEED_WHERE,
)
from moeviz.ui.cost.live_experts import live_experts
from moeviz.ui.cost.subject import context_note, subject_of, with_one_path
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import DECODING_SPEED

opening(
    "Speed",
    "A step reads every expert that somebody in the batch chose: the batch decides the cost.",
    in_one_line=True,
)
state = load_count()
speed_strip(state)
show_what_was_refused()
subject = with_one_path(subject_of(state))
if subject is not None:
    context_note(state, subject)
    speed_picture(state, subject)
live_experts(state)

try_this(DECODING_SPEED, SPEED_EXPERIMENTS)
how_this_is_computed(SPEED_WHERE, SPEED_SOURCES, live=False, metrics=False)
in_an_interview(SPEED_QUESTION, SPEED_ANSWER)
write_count_address()
