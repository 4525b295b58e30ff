"""Experiments of the page on conventions: links that set its controls."""

from __future__ import annotations

from moeviz.texts import Experiment

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
