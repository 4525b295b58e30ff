"""The server's own routes beside Streamlit's: the browser's files, and old addresses."""

from __future__ import annotations

from typing import Any

from moeviz.live.routes import file_route, moved_route
from moeviz.ui.components.assets import base_path, files, folder
from moeviz.ui.shared.navigation import PAGES


def routes() -> list[Any]:
    """All of them, below the server's base path."""
    base = base_path()
    moved = [
        moved_route(f"{base}/{old}", f"{base}/{page.address}") for page in PAGES for old in page.old
    ]
    return [file_route(base + folder(), files()), *moved]
