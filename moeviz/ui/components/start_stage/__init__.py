"""The start page's stage: two models, a switch above each, four knobs, the loss; by the channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("start_stage")


def start_stage(data: Mapping[str, Any], *, key: str) -> None:
    """Draw the stage of the run that `data` names; see `moeviz.ui.shared.live_run`."""
    _mount(key=key, data=data)
