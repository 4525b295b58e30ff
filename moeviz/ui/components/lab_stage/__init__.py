"""The training lab's stage: buttons, knobs, bars, charts, words and numbers of one run, live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moeviz.ui.components import assets
from moeviz.ui.shared.session_state import noted

_mount = assets.component("lab_stage")


def lab_stage(data: Mapping[str, Any], *, key: str, on_kept: Callable[[], None]) -> None:
    """Draw the stage of the run that `data` names; see `moeviz.ui.lab.stage_data`.

    When the server has that run no more, the page is drawn again, with another one.

    Args:
        on_kept: called when the tab goes on showing its run, in spite of `data`; its id is in the
            component's state as `kept`.
    """
    _mount(key=key, data=data, on_gone_change=noted, on_kept_change=on_kept)
