"""Makes a page's own links start at its top. Shows nothing."""

from __future__ import annotations

from moeviz.ui.components import assets

_mount = assets.component("start_at_top")


def start_at_top(*, key: str) -> None:
    """From now on a page link in the page's body scrolls to the top when it is clicked."""
    _mount(key=key, data={})
