"""A knob as the browser's live inputs take it. Derived from the one table of knobs."""

from __future__ import annotations

from typing import Any

from moeviz.config import KNOBS
from moeviz.routing.balancers import BALANCERS
from moeviz.ui.components.number_field import described
from moeviz.ui.shared.controls import TITLES

_NEW_RUN = "A change starts a new run."

_SHORT = {"balancer": {name: each.short for name, each in BALANCERS.items()}}
"""Titles for fields that stand two by two; the full ones stand above the bars."""


def knob_data(name: str) -> dict[str, Any]:
    """The description of a live knob, or of one whose change starts a new run."""
    knob = KNOBS[name]
    return {
        **described(knob),
        "choices": [
            list(each) for each in {**TITLES.get(name, {}), **_SHORT.get(name, {})}.items()
        ],
        "restarts": not knob.live,
        "note": "" if knob.live else _NEW_RUN,
    }
