"""Lets a fragment go on with its next part when the browser has drawn the last. Shows nothing."""

from __future__ import annotations

from collections.abc import Callable

from moeviz.ui.components import assets

_mount = assets.component("ask_on")


def ask_on(part: int, *, key: str, on_next: Callable[[], None]) -> None:
    """Rerun the fragment that this stands in once this part of its work is drawn.

    Args:
        part: another number with each part.
        on_next: called before the rerun.
    """
    _mount(key=key, data={"part": part}, on_next_change=on_next)
