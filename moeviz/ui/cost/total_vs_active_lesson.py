"""What to try on the page Total vs active, where its numbers come from, and its answer."""

from __future__ import annotations

from dataclasses import replace

from moeviz.accounting.parameters import parameter_count
from moeviz.accounting.sketch import SKETCHES
from moeviz.accounting.total_and_active import total_and_active
from moeviz.accounting.units import count, percent, ratio
from moeviz.texts import Experiment

_MIXTRAL, _V3, _LAB = (SKETCHES[name][1] for name in ("mixtral-8x7b", "deepseek-v3", "lab"))
_TURNED = replace(_MIXTRAL, n_experts=2 * _MIXTRAL.n_experts, top_k=_MIXTRAL.top_k // 2)
_BEFORE, _AFTER = (parameter_count(each.architecture()) for each in (_MIXTRAL, _TURNED))
_LAB_MET = parameter_count(_LAB.architecture()).active["all"]
_IN_THE_NAME = 7
"""Billions that the name 8x7B gives each of eight."""

TOTAL_VS_ACTIVE_EXPERIMENTS = (
    Experiment(
        "Twice the experts, half the choices",
        f"Mixtral with {_TURNED.n_experts} experts and k = {_TURNED.top_k}: the total grows "
        f"{ratio(_AFTER.total / _BEFORE.total)} while what a token meets, and its FLOPs, fall. "
        "Capacity and cost have come apart.",
        {"experts": str(_TURNED.n_experts), "k": str(_TURNED.top_k)},
    ),
    Experiment(
        "DeepSeek-V3's way",
        f"{_V3.n_experts} narrow experts, {_V3.top_k} chosen beside {_V3.n_shared_experts} that "
        f"all tokens share, after {_V3.n_dense_layers} dense layers, and latent attention: exact "
        "to the parameter. See how little of it is not an expert.",
        {"like": "deepseek-v3"},
    ),
    Experiment(
        "The model of the lab",
        "The one that trains in the lab: so small that the two vocabulary tables are "
        f"{percent(2 * _LAB.vocab_size * _LAB.d_model / _LAB_MET)} of what a token meets. Which "
        "convention counts them matters most where it is small.",
        {"like": "lab"},
    ),
)

TOTAL_VS_ACTIVE_WHERE = (
    "Closed forms, no model is run: a list of all tensors with their shapes, and sums over it. "
    "Integers throughout, rounded only where they are shown; hover for the exact number, click it "
    "for the sum. The dense twins keep everything but the mixtures, in whose place stands one "
    "feed-forward of the same kind: of the width that stores as much, or of the width that costs "
    "a token as many operations, rounded to whole units. The list of tensors equals what the "
    "released models and the lab's own model hold, to the parameter; tests compare."
)
TOTAL_VS_ACTIVE_SOURCES = (
    ("moeviz.accounting.sketch", "Sketch.architecture"),
    ("moeviz.accounting.parameters", "parameter_count"),
    ("moeviz.accounting.dense_equivalents", "dense_with_same_flops"),
    ("moeviz.accounting.total_and_active", "TotalAndActive"),
)

TOTAL_VS_ACTIVE_QUESTION = (
    f"Mixtral is called {_MIXTRAL.n_experts}x{_IN_THE_NAME}B. How many parameters has it, and how "
    "many does a token meet?"
)


def total_vs_active_answer() -> str:
    """With Mixtral's own numbers."""
    sums = total_and_active(_MIXTRAL.architecture())
    assert sums is not None, "all of Mixtral's layers are alike"
    outside, each = count(sums.outside_experts), count(sums.expert_everywhere)
    return (
        f"Not {sums.n_experts * _IN_THE_NAME} B: only the feed-forward is there {sums.n_experts} "
        f"times. Attention, embeddings, norms and routers are there once, {outside}; an expert of "
        f"all {sums.n_moe_layers} layers is {each}; {outside} + {sums.n_experts} · {each} = "
        f"{count(sums.total)} stored and {outside} + {sums.top_k} · {each} = {count(sums.active)} "
        "met. So it needs the memory of the one and the arithmetic of the "
        "other. Say which active count you mean: with both vocabulary tables, without the input "
        "embedding (a look-up), or without both; papers differ. And say what it costs: "
        "memory, all-to-all traffic, balancing, and at small batches the bytes of every expert "
        "that somebody in the batch has chosen."
    )
