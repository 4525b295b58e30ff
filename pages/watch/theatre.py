"""Routing theatre: one sentence on its way through the running model, token by token."""

from moeviz.ui.asking import load_asking, run_or_start, show_asking_notices, write_asking_address
from moeviz.ui.lesson import opening
from moeviz.ui.session import engine, show_refusal
from moeviz.ui.theatre import controls, said_of_the_question, shown_trace, text_box
from moeviz.ui.theatre_scrub import scrub
from moeviz.ui.theatre_stage import stage

opening(
    "Routing theatre",
    "Type a sentence and follow it through one layer of the model: scored, chosen, queued, "
    "computed or dropped, and added back.",
    in_one_line=True,
)
engine().warm_up()
status = run_or_start()
state = load_asking()
controls(state, status)
text_box(state, status)
show_asking_notices()
show_refusal()
trace = shown_trace(state, status)
said_of_the_question(state, trace, status)
stage(trace, status, state.layer)
scrub(trace, status, state.layer)
write_asking_address()
