"""The start page's stage: two models, a switch above each, four knobs, the loss; by the channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moeviz.ui.components import assets
from moeviz.ui.shared.session_state import noted

_mount = assets.component("start_stage")


def start_stage(data: Mapping[str, Any], *, key: str, on_kept: Callable[[], None]) -> None:
    """Draw the stage of the run that `data` names; see `moeviz.ui.lab.start_data`.

    When the server has that run no more, the page is drawn again, with another one.

    Args:
        on_kept: called when the tab goes on showing its run, in spite of `data`; its id is in the
            component's state as `kept`.
    """
    _mount(key=key, data=data, on_gone_change=noted, on_kept_change=on_kept)
