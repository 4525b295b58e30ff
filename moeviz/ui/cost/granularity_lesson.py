"""What to try on the page of the sparsity dial, where its numbers come from, and its answer."""

from __future__ import annotations

from math import comb

from moeviz.accounting.sketch import SKETCHES
from moeviz.texts import Experiment

_MIXTRAL = SKETCHES["mixtral-8x7b"][1]
_N, _K, _M = 16, _MIXTRAL.top_k, 4
"""DeepSeekMoE's example, arXiv:2401.06066, section 3.1."""

_COARSE, _FINE = comb(_N, _K), comb(_M * _N, _M * _K)
_THOUSAND = 1024

DIAL_EXPERIMENTS = (
    Experiment(
        "DeepSeekMoE's argument",
        f"{_N} experts, {_K} chosen: {_COARSE} sets. Each split in {_M}: {_FINE:,} sets of the "
        "same weights and operations.",
        {"experts": str(_N), "dial": "split", "turn": str(_M)},
    ),
    Experiment(
        "All experts for every token",
        "k = N: a dense model in parts. The total has not moved; everything that it holds is now "
        "met and paid for.",
        {"turn": str(_MIXTRAL.n_experts)},
    ),
    Experiment(
        "A thousand experts at the same price",
        f"N = {_THOUSAND:,}, k = {_K}: {_THOUSAND // _MIXTRAL.n_experts} times the experts, and a "
        "token meets only a longer line of the router more.",
        {"dial": "experts", "turn": str(_THOUSAND)},
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
    "Splitting each expert in m and choosing m times as many keeps stored weights, met weights "
    f"and operations, up to the router, and multiplies the sets a token can be sent to: C({_N}, "
    f"{_K}) = {_COARSE} becomes C({_M * _N}, {_M * _K}) = {_FINE:,}. Finer parts can specialise "
    "and combine; a shared expert takes what all tokens need. The price: a router m times as "
    "large, smaller matrix products that use the hardware worse, more distinct experts to read at "
    "small batches, and a token sent to more ranks, which is why some models limit the groups it "
    "may use."
)
