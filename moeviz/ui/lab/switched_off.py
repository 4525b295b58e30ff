"""What both stages say where load balancing was switched off on a model that has trained."""

from __future__ import annotations

from typing import Any

from moeviz.texts import filled, strings

FIRST_MEASURED = 100
"""The first step at which `benchmarks/collapse_cost.py off` switches load balancing off."""

SEEDS, COLLAPSED_EARLY = 5, 4
"""Of that benchmark at E = 16: its seeds, and on how many a layer collapsed after FIRST_MEASURED.

Switched off later, on none. README has the table.
"""


def off_words() -> dict[str, Any]:
    """The texts, and the step from which on they hold."""
    words = strings(__file__)
    figures = {"seeds": str(SEEDS), "early": f"{COLLAPSED_EARLY} of {SEEDS}"}
    measured = filled(words["measured"], "measured", figures)
    return {**words, "measured": measured, "from": FIRST_MEASURED}
