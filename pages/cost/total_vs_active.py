"""The bargain: total and active parameters and FLOPs of a sketched model, beside dense twins."""

from moeviz.ui.cost.sliders import more_of_the_sketch, sketch_strip
from moeviz.ui.cost.total_vs_active import bargain_picture
from moeviz.ui.cost.total_vs_active_lesson import (
    BARGAIN_EXPERIMENTS,
    BARGAIN_QUESTION,
    BARGAIN_SOURCES,
    BARGAIN_WHERE,
    bargain_answer,
)
from moeviz.ui.cost.visit import load_count, show_what_was_refused, write_count_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import TOTAL_VS_ACTIVE

opening(
    "The bargain",
    "Store many experts, meet few: what is held in memory and what a token costs come apart.",
    in_one_line=True,
)
state = load_count()
sketch_strip(state)
show_what_was_refused()
bargain_picture(state)
more_of_the_sketch(state)

try_this(TOTAL_VS_ACTIVE, BARGAIN_EXPERIMENTS)
how_this_is_computed(BARGAIN_WHERE, BARGAIN_SOURCES, live=False, metrics=False)
in_an_interview(BARGAIN_QUESTION, bargain_answer())
write_count_address()
