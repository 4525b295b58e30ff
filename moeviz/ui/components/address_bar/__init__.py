"""Lets the address bar say a page's state in place of the address that led to it. Shows nothing.

What a script writes into the address is a new entry of the browser's history. Behind the bare
address that the menu leads to, or the one that a page is opened with, it would be a second one, and
*Back* would stay on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moeviz.ui.components import assets

_mount = assets.component("address_bar")


def address_bar(
    was: Mapping[str, Sequence[str]], parameters: Mapping[str, str], *,
    number: str, path: str, key: str,
) -> None:  # fmt: skip
    """Let an address of this page say these parameters; once for each number.

    Args:
        was: its parameters until then.
        path: of the page, below the base address; "" for the start page.
    """
    whole = f"{assets.base_path()}/{path}".rstrip("/")
    _mount(
        key=key,
        data={
            "number": number,
            "path": whole,
            "was": dict(was),
            "parameters": dict(parameters),
        },
    )
