"""Total and active parameters and FLOPs of a sketched model, beside dense models."""

from moeviz.ui.cost.sliders import more_of_the_sketch, sketch_strip
from moeviz.ui.cost.total_vs_active import total_vs_active_picture
from moeviz.ui.cost.total_vs_active_lesson import (
    TOTAL_VS_ACTIVE_EXPERIMENTS,
    TOTAL_VS_ACTIVE_QUESTION,
    TOTAL_VS_ACTIVE_SOURCES,
    TOTAL_VS_ACTIVE_WHERE,
    total_vs_active_answer,
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
total_vs_active_picture(state)
more_of_the_sketch(state)

try_this(TOTAL_VS_ACTIVE, TOTAL_VS_ACTIVE_EXPERIMENTS)
how_this_is_computed(TOTAL_VS_ACTIVE_WHERE, TOTAL_VS_ACTIVE_SOURCES, live=False, metrics=False)
in_an_interview(TOTAL_VS_ACTIVE_QUESTION, total_vs_active_answer())
write_count_address()
