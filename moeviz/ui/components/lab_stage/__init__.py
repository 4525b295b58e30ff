"""The training lab's stage: buttons, knobs, bars, charts, words and numbers of one run, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.ui.components import assets
from moeviz.ui.shared.visit import noted

_mount = assets.component("lab_stage")


def lab_stage(data: Mapping[str, Any], *, key: str) -> None:
    """Draw the stage of the run that `data` names; see `moeviz.ui.lab.stage_data`.

    When the server has that run no more, the page is drawn again, with another one.
    """
    _mount(key=key, data=data, on_gone_change=noted)
