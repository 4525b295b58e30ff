"""A knob as the browser's live inputs take it. Derived from the one table of knobs."""

from __future__ import annotations

from typing import Any

from moeviz.config import KNOBS
from moeviz.ui.components.number_field import described
from moeviz.ui.shared.controls import TITLES

_NEW_RUN = "A change starts a new run."


def knob_data(name: str) -> dict[str, Any]:
    """The description of a live knob, or of one whose change starts a new run."""
    knob = KNOBS[name]
    return {
        **described(knob),
        "choices": [[value, title] for value, title in TITLES.get(name, {}).items()],
        "restarts": not knob.live,
        "note": "" if knob.live else _NEW_RUN,
    }
