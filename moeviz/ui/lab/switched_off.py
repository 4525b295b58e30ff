"""What both stages say where load balancing was switched off on a model that has trained."""

from __future__ import annotations

from typing import Any

from moeviz.texts import strings

FIRST_MEASURED = 100
"""The first step at which `benchmarks/collapse_cost.py off` switches load balancing off."""


def off_words() -> dict[str, Any]:
    """The texts, and the step from which on they hold."""
    return {**strings(__file__), "from": FIRST_MEASURED}
