"""What learns on the start page, in parts that the browser joins to sentences as knobs change.

A press of a knob runs no script, so that words of the script would soon be old.
"""

from __future__ import annotations

from typing import Any

from moeviz.config import KNOBS, LIVE_KNOBS, ArmConfig, RunConfig
from moeviz.routing.balancers import BALANCERS
from moeviz.texts import say_from
from moeviz.ui.shared.controls import TITLES, in_words
from moeviz.ui.shared.lab_state import RESTART_KNOBS

say = say_from(__file__)

IN_SENTENCES = ("n_experts", "top_k", "capacity_factor", "balancer")
"""The knobs that have words of their own; a method's strength stands beside its name."""


def learning_data(config: RunConfig) -> dict[str, Any]:
    """The words for methods and knobs, and what this run's models were built with."""
    strengths = {name for method in BALANCERS.values() for name in method.knobs}
    return {
        "methods": {
            name: {"words": method.trained, "strengths": method.knobs}
            for name, method in BALANCERS.items()
        },
        "symbols": {name: KNOBS[name].symbol for name in strengths},
        "knobs": [
            {
                "name": name,
                "label": KNOBS[name].label,
                "usual": KNOBS[name].format(KNOBS[name].default),
                "titles": TITLES.get(name, {}),
            }
            for name in LIVE_KNOBS
            if name not in {*IN_SENTENCES, *strengths}
        ],
        "built": {arm.name: _built(arm) for arm in config.arms},
        "later": [sentence for arm in config.arms for sentence in _later(arm)],
    }


def _built(arm: ArmConfig) -> list[str]:
    """What is not at its default among the knobs that need a new run."""
    changed = [
        KNOBS[name].equation(in_words(name, arm.knobs[name]))
        for name in RESTART_KNOBS
        if name not in IN_SENTENCES and arm.knobs[name] != KNOBS[name].default
    ]
    return changed + ([say("text")] if arm.train.user_text else [])


def _later(arm: ArmConfig) -> list[str]:
    """The changes that the model makes by itself."""
    return [
        say(
            "later",
            step=f"{change.step:,}",
            name=arm.name,
            label=KNOBS[name].label,
            value=in_words(name, value),
        )
        for change in arm.schedule
        for name, value in change.knobs.items()
    ]
