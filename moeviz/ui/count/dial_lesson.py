"""What to try on the page of the sparsity dial, where its numbers come from, and its answer."""

from __future__ import annotations

from math import comb

from moeviz.ui.capacity_experiments import Experiment

DIAL_EXPERIMENTS = (
    Experiment(
        "DeepSeekMoE's argument",
        f"16 experts, 2 chosen: {comb(16, 2)} sets. Each split in four: {comb(64, 8):,} sets of "
        "the same weights and operations.",
        {"experts": "16", "dial": "split", "turn": "4"},
    ),
    Experiment(
        "All experts for every token",
        "k = N: a dense model in parts. The total has not moved; everything that it holds is now "
        "met and paid for.",
        {"turn": "8"},
    ),
    Experiment(
        "A thousand experts at the same price",
        "N = 1,024, k = 2: a hundred and twenty-eight times the experts, and a token meets only a "
        "longer line of the router more.",
        {"dial": "experts", "turn": "1024"},
    ),
)
DIAL_WHERE = (
    "Every stop of a dial is the whole model again, its tensors listed and summed: nothing is "
    "scaled by a ratio. *k*: the same tensors, more or fewer of them met. *N*: more or fewer "
    "experts of the same width. *m*: each expert cut into m parts of width F/m, m times as many "
    "chosen; m must divide the width. C(N, k) is exact. What no formula here says is quality."
)
DIAL_SOURCES = (
    ("moeviz.accounting.sparsity", "sparsity_point"),
    ("moeviz.accounting.sparsity", "fine_grained"),
)
DIAL_QUESTION = "Why do newer mixtures have hundreds of small experts instead of eight large ones?"
DIAL_ANSWER = (
    "Splitting each expert in m and choosing m times as many keeps stored weights, met weights and "
    f"operations, up to the router, and multiplies the sets a token can be sent to: C(16, 2) = "
    f"{comb(16, 2)} becomes C(64, 8) = {comb(64, 8):,}. Finer parts can specialise and combine; "
    "a shared expert takes what all tokens need. The price: a router m times as large, smaller "
    "matrix products that use the hardware worse, more distinct experts to read at small batches, "
    "and a token sent to more ranks, which is why some models limit the groups it may use."
)
