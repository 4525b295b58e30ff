"""Lets the address bar say a page's state in place of the menu's bare address. Shows nothing.

What a script writes into the address is a new entry of the browser's history. Behind the bare
address that the menu leads to it would be a second one, and *Back* would stay on the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from moeviz.ui.components import assets

_mount = assets.component("address_bar")


def address_bar(parameters: Mapping[str, str], *, number: str, path: str, key: str) -> None:
    """Let a bare address of this page say these parameters; once for each number.

    Args:
        path: of the page, below the base address; "" for the start page.
    """
    whole = f"{assets.base_path()}/{path}".rstrip("/")
    _mount(key=key, data={"number": number, "path": whole, "parameters": dict(parameters)})
