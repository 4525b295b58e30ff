"""Experiments of the capacity lab and of the page on conventions: links that set controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Experiment:
    """A link to a page with its controls set, and what to look at there."""

    title: str
    story: str
    query: Mapping[str, str]


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

CONVENTIONS_EXPERIMENTS = (
    Experiment(
        "One expert a token",
        "k = 1: first choices are all choices. Some conventions fall together, the sum over layers "
        "and the mean do not.",
        {"k": "1"},
    ),
    Experiment(
        "Four experts a token",
        "k = 4: what is not divided by k is now four times as large, and a capacity factor "
        "without k has seats for a quarter of the choices.",
        {"k": "4", "capacity": "1.0"},
    ),
    Experiment(
        "ST-MoE's factor",
        "Top-2 with a factor of 1.25, which leaves k out: 0.625 seats a choice. The same words in "
        "another library mean twice as many.",
        {"k": "2", "capacity": "1.25"},
    ),
)
