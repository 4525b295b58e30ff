"""Lets a fragment go on once the page's live picture is painted. Shows nothing."""

from __future__ import annotations

from collections.abc import Callable

from moeviz.ui.components import assets

_mount = assets.component("first_picture")


def first_picture(*, key: str, on_drawn: Callable[[], None]) -> None:
    """Rerun the fragment that this stands in, once; `on_drawn` is called before the rerun."""
    _mount(key=key, data={}, on_drawn_change=on_drawn)
