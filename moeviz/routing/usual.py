"""The chosen balancer's usual strengths, where a configuration left others as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.config import KNOBS
from moeviz.routing.balancers import BALANCERS


def usual_strengths(knobs: Mapping[str, Any]) -> dict[str, float]:
    """By knob, the chosen balancer's usual strength, where the knob is at another default: a
    strength that someone has set needs no hint."""
    usual = BALANCERS[knobs["balancer"]].defaults
    return {
        name: strength
        for name, strength in usual.items()
        if knobs[name] == KNOBS[name].default != strength
    }
