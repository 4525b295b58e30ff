"""What to try on the page of operations, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.accounting.flops_rule import breaking_context
from moeviz.accounting.sketch import SKETCHES
from moeviz.figures.quoted import printed_active
from moeviz.figures.units import count
from moeviz.ui.capacity_experiments import Experiment

_BREAKING = breaking_context(SKETCHES["deepseek-v3"][1].architecture()) or 0
"""Tokens at which DeepSeek-V3's products between positions cost what its weights do."""

OPERATIONS_EXPERIMENTS = (
    Experiment(
        "A book in the context",
        "131,072 tokens: attention's products cost more than the weights that the rule counts. "
        "6 · N · D is then far off.",
        {"context": "131072"},
    ),
    Experiment(
        "The same for DeepSeek-V3",
        "128 heads of 192 for scores and 128 for values: its products catch up with its "
        f"{printed_active('DeepSeek-V3')} active weights at {count(_BREAKING)} tokens.",
        {"like": "deepseek-v3", "context": "32768"},
    ),
    Experiment(
        "Half the seats",
        "Capacity factor 0.5: half of what is asked for is executed, all of it useful, and half of "
        "the choices are dropped. Fewer operations is not the same as a bargain.",
        {"capacity": "0.5"},
    ),
)
OPERATIONS_WHERE = (
    "Closed forms, summand by summand, equal to what torch's FlopCounterMode counts on models "
    "small enough to run (tests). Two operations for each weight of a matrix product and token; "
    "of the routed experts, the k that a token meets. Attention's products: scores and mixed "
    "values, for the pairs of positions that are seen, or for all S × S as plain kernels compute "
    "them. Look-ups, norms, softmax and activations are not counted. Training: three times the "
    "forward pass. The rule 6 · N · D takes N active parameters without the input embedding."
)
OPERATIONS_SOURCES = (
    ("moeviz.accounting.flops", "forward_flops"),
    ("moeviz.accounting.flops_rule", "rule_of_six"),
    ("moeviz.accounting.executed_flops", "executed_flops"),
)
OPERATIONS_QUESTION = "How many operations does it take to train a mixture on D tokens?"
OPERATIONS_ANSWER = (
    "6 · N_active · D as a first answer: two operations a weight forward, four backward, and of "
    "the experts only the chosen k. Then correct it. N is without the input embedding, a look-up, "
    "but with the head. Attention's products between positions are in no N: 2 · H · (d + v) a pair "
    "and layer, small at 4 K, more than all weights at long contexts, the sooner the fewer weights "
    "are active. The router and shared experts count. With a capacity factor the kernel executes "
    "N · C slots, padding included, and drops what does not fit: executed is not useful. "
    "Recomputing activations makes 3 forward passes into 4."
)
