"""Routing walkthrough: one sentence on its way through the running model, token by token."""

from moeviz.ui.inspect.asking import load_asking, run_or_start, write_asking_address
from moeviz.ui.shared.lesson import lesson, opening
from moeviz.ui.shared.navigation import WALKTHROUGH
from moeviz.ui.shared.page_end import page_end
from moeviz.ui.shared.session import engine
from moeviz.ui.walkthrough.controls import controls, said_of_the_question, shown_trace, text_box
from moeviz.ui.walkthrough.lesson import SOURCES, TEXTS
from moeviz.ui.walkthrough.scrub import scrub
from moeviz.ui.walkthrough.stage import stage

opening(TEXTS.title, TEXTS.idea, in_one_line=True)

engine().warm_up()
status = run_or_start()
state = load_asking()
controls(state, status)
text_box(state, status)
trace = shown_trace(state, status)
said_of_the_question(state, status, trace)
stage(trace, status)
scrub(trace, status, state.layer)

lesson(WALKTHROUGH, TEXTS, SOURCES, live=False)
page_end(WALKTHROUGH, status.config if status else None)
write_asking_address()
