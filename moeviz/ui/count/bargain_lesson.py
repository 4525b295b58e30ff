"""What to try on the page of the bargain, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.accounting.bargain import bargain
from moeviz.accounting.sketch import SKETCHES
from moeviz.figures.units import count
from moeviz.ui.capacity_experiments import Experiment

BARGAIN_EXPERIMENTS = (
    Experiment(
        "Twice the experts, half the choices",
        "Mixtral with 16 experts and k = 1: the total nearly doubles while what a token meets, and "
        "its FLOPs, fall. Capacity and cost have come apart.",
        {"experts": "16", "k": "1"},
    ),
    Experiment(
        "DeepSeek-V3's way",
        "256 narrow experts, 8 chosen, one shared, three dense layers, latent attention: exact to "
        "the parameter. See how little of it is not an expert.",
        {"like": "deepseek-v3"},
    ),
    Experiment(
        "The model of the lab",
        "The one that trains in the lab: so small that the two vocabulary tables are nearly half "
        "of what a token meets. Which convention counts them matters most where it is small.",
        {"like": "lab"},
    ),
)

BARGAIN_WHERE = (
    "Closed forms, no model is run: a list of all tensors with their shapes, and sums over it. "
    "Integers throughout, rounded only where they are shown; hover for the exact number, click it "
    "for the sum. The dense twins keep everything but the mixtures, in whose place stands one "
    "feed-forward of the same kind: of the width that stores as much, or of the width that costs "
    "a token as many operations, rounded to whole units. The list of tensors equals what the "
    "released models and the lab's own model hold, to the parameter; tests compare."
)
BARGAIN_SOURCES = (
    ("moeviz.accounting.sketch", "Sketch.architecture"),
    ("moeviz.accounting.parameters", "parameter_count"),
    ("moeviz.accounting.dense_twins", "dense_twin_of_active"),
    ("moeviz.accounting.bargain", "Bargain"),
)

BARGAIN_QUESTION = (
    "Mixtral is called 8x7B. How many parameters has it, and how many does a token meet?"
)


def bargain_answer() -> str:
    """With Mixtral's own numbers."""
    sums = bargain(SKETCHES["mixtral-8x7b"][1].architecture())
    assert sums is not None, "all of Mixtral's layers are alike"
    always, each = count(sums.always), count(sums.slice)
    return (
        f"Not 56 B: only the feed-forward is there eight times. Attention, embeddings, norms and "
        f"routers are there once, {always}; an expert of all {sums.n_mixtures} layers is {each}; "
        f"{always} + 8 · {each} = {count(sums.total)} stored and {always} + 2 · {each} = "
        f"{count(sums.active)} met. So it needs the memory of the one and the arithmetic of the "
        "other. Say which active count you mean: with both vocabulary tables, without the input "
        "embedding (a look-up), or without both; papers differ. And say what the bargain costs: "
        "memory, all-to-all traffic, balancing, and at small batches the bytes of every expert "
        "that somebody in the batch has chosen."
    )
