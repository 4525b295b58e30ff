"""The tour of Start: one picture of a token's way through a layer, five steps, an own text.

The component owns steps, motion and the choice between tour and experiment; Python hands it a
trace, words and a table of costs. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("tour")


def tour(data: Mapping[str, Any], *, key: str, on_text: Callable[[], None]) -> None:
    """Show the tour of `data`; see `moeviz.ui.lab.tour_data`.

    Args:
        on_text: called before the rerun that an own text causes, and again when the run that was
            trained for it is ready; the component's state then has it as `text`.
    """
    _mount(key=key, data=data, on_text_change=on_text)
