"""The training lab's stage: buttons, knobs, bars, charts, words and numbers of one run, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("lab_stage")


def lab_stage(data: Mapping[str, Any], *, key: str) -> None:
    """Draw the stage of the run that `data` names; see `moeviz.ui.lab.stage_data`."""
    _mount(key=key, data=data)
