"""Experiments of the capacity lab: links that set its controls."""

from __future__ import annotations

from moeviz.texts import Experiment

CAPACITY_EXPERIMENTS = (
    Experiment(
        "Half the seats",
        "Capacity factor 0.5: half of all slots must go. Compare what each policy costs: whom a "
        "policy drops matters as much as how many.",
        {"capacity": "0.5", "drop": "batch_prioritised"},
    ),
    Experiment(
        "One expert, first come first served",
        "k = 1, latest tokens dropped. Others in the batch decide who is seated, yet the future "
        "cannot reach the past. Switch to *Lowest scores*: now it can.",
        {"capacity": "0.75", "k": "1", "drop": "position"},
    ),
    Experiment(
        "Re-route instead of dropping",
        "k = 1, a seat for every token: a full expert sends a token on to its next choice. Nothing "
        "is dropped; look at what became of causality.",
        {"capacity": "1.0", "k": "1", "drop": "reroute"},
    ),
)
