"""The server's own routes: the live channel, the browser's files, and old addresses."""

from __future__ import annotations

from typing import Any

from moeviz.live.channel import Channel
from moeviz.live.routes import file_route, moved_route
from moeviz.ui.components.assets import base_path, files, folder
from moeviz.ui.shared.navigation import PAGES


def routes(channel: Channel | None = None) -> list[Any]:
    """All of them, below the server's base path."""
    base = base_path()
    moved = [
        moved_route(f"{base}/{old}", f"{base}/{page.address}") for page in PAGES for old in page.old
    ]
    live = [channel.route(f"{base}/live")] if channel else []
    return [*live, file_route(base + folder(), files()), *moved]
