"""A knob as the browser's inputs take it: what it is called, what it accepts, how it steps.

Derived from the one table of knobs; nothing here is decided twice.
"""

from __future__ import annotations

import math
from typing import Any

from moeviz.config import KNOBS
from moeviz.ui.shared.controls import STEPS, TITLES, WHEN_NONE

_NEW_RUN = "A change starts a new run."


def knob_data(name: str, label: str = "") -> dict[str, Any]:
    """The description of a live knob, or of one whose change starts a new run."""
    knob = KNOBS[name]
    titles = TITLES.get(name, {})
    return {
        "name": name,
        "label": label or knob.label,
        "kind": knob.kind,
        "low": _finite(knob.low),
        "high": _finite(knob.high),
        "multipleOf": knob.multiple_of,
        "step": STEPS.get(name, knob.multiple_of if knob.kind == "int" else 0.1),
        "noneMeans": WHEN_NONE.get(name, knob.none_means),
        "fromNone": "1.0",
        "choices": [[value, title] for value, title in titles.items()],
        "help": f"{knob.help} {knob.bound[:1].upper()}{knob.bound[1:]}.",
        "restarts": not knob.live,
        "note": "" if knob.live else _NEW_RUN,
    }


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None
