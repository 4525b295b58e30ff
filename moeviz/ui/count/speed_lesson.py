"""What to try on the page of speed, where its numbers come from, and its answer."""

from __future__ import annotations

from moeviz.ui.capacity_experiments import Experiment

SPEED_EXPERIMENTS = (
    Experiment(
        "One sequence",
        "B = 1: only the chosen experts are read. Here alone does Mixtral cost like the dense "
        "13 B model that its active parameters name.",
        {"batch": "1"},
    ),
    Experiment(
        "Sixteen sequences",
        "B = 16: together they have chosen nearly every expert, so nearly everything is read, and "
        "the step is as slow as a dense model of all that is stored.",
        {"batch": "16"},
    ),
    Experiment(
        "Enough to be bound by arithmetic",
        "B = 2,048 at short contexts: weights are read once for many tokens, operations decide, "
        "and the bargain is back.",
        {"batch": "2048", "context": "128"},
    ),
)
SPEED_WHERE = (
    "A roofline: time = max(bytes / bandwidth, operations / peak), from the data sheets' peaks. A "
    "step reads all weights but the routed experts once, each *distinct* expert that somebody in "
    "the batch has chosen once, and the cache of every sequence. Expected of even, independent "
    "routing, N·(1 − (1 − k/N)ᴮ) of N experts are distinct. It is a bound from below: nobody "
    "reaches the peaks, nothing overlaps perfectly, and several accelerators must talk. The "
    "running model's own number comes from its worker, on a held-out batch, when you ask."
)
SPEED_SOURCES = (
    ("moeviz.accounting.decode", "decode_step"),
    ("moeviz.accounting.distinct", "distinct_experts"),
    ("moeviz.accounting.decode", "dense_equivalent"),
    ("moeviz.training.decoding", "distinct_experts"),
)
SPEED_QUESTION = "Does a mixture with 13 B active of 47 B decode as fast as a dense 13 B model?"
SPEED_ANSWER = (
    "At batch 1, nearly: decoding waits for memory, and only k experts a layer are read. From a "
    "few sequences on, no: each chooses its own experts, the distinct ones grow as "
    "N·(1 − (1 − k/N)ᴮ), and at 16 sequences of top-2 of 8 nearly all are read while each serves "
    "few tokens: it then costs like the dense 47 B. Only when the batch is so large that "
    "arithmetic decides, a few hundred tokens an expert, does it cost like 13 B again. That is "
    "why mixtures are served in large batches spread over many accelerators. Skewed routing "
    "touches fewer experts, but crowds them; and the cache grows with every sequence."
)
