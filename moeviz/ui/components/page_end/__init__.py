"""Whether the page's checks were answered, and the path with a tick at each finished page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moeviz.ui.components import assets

_mount = assets.component("page_end")


def page_end_ticks(pages: Sequence[dict[str, Any]], here: str, *, key: str) -> None:
    """Show the path; the browser knows which checks it has answered.

    Args:
        pages: `address`, `title` and `checks` (ids) of each, in order. here: the page's address.
    """
    _mount(key=key, data={"pages": list(pages), "here": here})
