"""What to try on the page of operations, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.accounting.flops import forward_flops
from moeviz.accounting.flops_rule import breaking_context
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.units import count, percent
from moeviz.analysis.cost.quoted import printed_active
from moeviz.texts import Experiment

_MIXTRAL, _V3 = (SKETCHES[name][1] for name in ("mixtral-8x7b", "deepseek-v3"))
_BREAKING = breaking_context(_V3.architecture()) or 0
"""Tokens at which DeepSeek-V3's products between positions cost what its weights do."""

_SHORT, _BOOK, _FACTOR = 4096, 131_072, 0.5


def _over_weights(context: int) -> float:
    """Mixtral's products between positions over what its weights cost."""
    parts = forward_flops(_MIXTRAL.architecture(), context).components
    products = parts["attention_products"]
    return float(products / (sum(parts.values()) - products))


OPERATIONS_EXPERIMENTS = (
    Experiment(
        "A book in the context",
        f"{_BOOK:,} tokens: attention's products cost {percent(_over_weights(_BOOK))} of "
        "what the weights do that the rule counts. 6 · N · D is then far off.",
        {"context": str(_BOOK)},
    ),
    Experiment(
        "The same for DeepSeek-V3",
        f"{_V3.n_heads} heads of {_V3.head_dim + _V3.rope_dim} for scores and {_V3.head_dim} for "
        "values: its products catch up with its "
        f"{printed_active('DeepSeek-V3')} active weights at {count(_BREAKING)} tokens.",
        {"like": "deepseek-v3", "context": "32768"},
    ),
    Experiment(
        "Half the seats",
        f"Capacity factor {_FACTOR}: {percent(_FACTOR)} of what is asked for is executed, all of "
        f"it useful, and {percent(1 - _FACTOR)} of the choices are dropped. Fewer operations is "
        "not the same as a bargain.",
        {"capacity": str(_FACTOR)},
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
    f"and layer, {percent(_over_weights(_SHORT))} of what Mixtral's weights cost at {_SHORT:,} "
    f"tokens and {percent(_over_weights(_BOOK))} at {_BOOK:,}, the more the fewer weights are "
    "active. The router and shared experts count. With a capacity factor the kernel executes "
    "N · C slots, padding included, and drops what does not fit: executed is not useful. "
    "Recomputing activations makes 3 forward passes into 4."
)
