"""Routing walkthrough: one sentence on its way through the running model, token by token."""

from moeviz.ui.inspect.asking import load_asking, run_or_start, write_asking_address
from moeviz.ui.shared.lesson import how_this_is_computed, in_an_interview, opening, try_this
from moeviz.ui.shared.navigation import WALKTHROUGH
from moeviz.ui.shared.session import engine
from moeviz.ui.walkthrough.controls import controls, said_of_the_question, shown_trace, text_box
from moeviz.ui.walkthrough.scrub import scrub
from moeviz.ui.walkthrough.stage import stage
from moeviz.ui.walkthrough.texts import EXPERIMENTS

opening(
    "Routing walkthrough",
    "Type a sentence and follow it through one layer of the model: scored, chosen, queued, "
    "computed or dropped, and added back. Press *Play*.",
    in_one_line=True,
)

engine().warm_up()
status = run_or_start()
state = load_asking()
controls(state, status)
text_box(state, status)
trace = shown_trace(state, status)
said_of_the_question(state, status, trace)
stage(trace, status)
scrub(trace, status, state.layer)

try_this(WALKTHROUGH, EXPERIMENTS)
how_this_is_computed(
    "Everything is live: the text goes through the model that a worker process trains for this "
    "page, or through a state that it kept at an earlier step, and every intermediate of that pass "
    "comes back. Nothing is estimated: what the runner-up would have changed is a second pass "
    "through the whole model in which that one token may not use its last expert, later layers "
    "and later tokens included. A text that is longer than the model's context is read in several "
    "sequences, which queue at the experts together. Noise is drawn only when you ask for it.",
    [
        ("moeviz.model.feed_forward", "route"),
        ("moeviz.model.tracing", "traced"),
        ("moeviz.training.tracing", "counterfactual"),
        ("moeviz.analysis.saturation", "settled_from"),
    ],
    live=False,
    metrics=False,
)
in_an_interview(
    "A token arrives at a Mixture-of-Experts layer. Walk me through what happens to it.",
    "Its vector is normalised and multiplied by the router's matrix: one logit for each of E "
    "experts, softmax over all of them. The top k are chosen, by the probabilities or by "
    "probabilities plus a bias that only the selection sees; the gate weights come from the "
    "probabilities alone. The T · k assignments of the batch are sorted by expert: each expert "
    "has a queue, with a capacity factor C = ⌈CF · k · T / E⌉ slots, and what finds no slot is "
    "dropped or sent on. Each expert runs its rows as one matrix product. The outputs return, "
    "each times its gate weight, their sum is added to the residual stream; a token that lost all "
    "its assignments passes the layer unchanged.",
)
write_asking_address()
