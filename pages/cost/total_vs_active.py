"""Total vs active: parameters and FLOPs of a sketched model, beside dense models."""

from moeviz.ui.cost.session import load_count, show_what_was_refused, write_count_address
from moeviz.ui.cost.sliders import more_of_the_sketch, sketch_strip
from moeviz.ui.cost.total_vs_active import total_vs_active_picture
from moeviz.ui.cost.total_vs_active_lesson import SOURCES, TEXTS
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import TOTAL_VS_ACTIVE
from moeviz.ui.shared.page_end import page_end

opening(TEXTS.title, TEXTS.idea, in_one_line=True)
state = load_count()
sketch_strip(state)
show_what_was_refused()
total_vs_active_picture(state)
more_of_the_sketch(state)

lesson(TOTAL_VS_ACTIVE, TEXTS, SOURCES, live=False)
page_end(TOTAL_VS_ACTIVE)
write_count_address()
