"""With which strengths the chosen balancer is usually trained, where a configuration has others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.routing.balancers import BALANCERS


def usual_strengths(knobs: Mapping[str, Any]) -> dict[str, float]:
    """By knob, the chosen balancer's usual strength; nothing for a knob that has it."""
    usual = BALANCERS[knobs["balancer"]].defaults
    return {name: strength for name, strength in usual.items() if knobs[name] != strength}
