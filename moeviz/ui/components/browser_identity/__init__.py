"""A random name for the visitor's browser, kept by the browser itself. Shows nothing."""

from __future__ import annotations

import re

import streamlit as st

from moeviz.ui.components import assets

_mount = assets.component("browser_identity")


def browser_identity(*, key: str, offered: str | None = None, whole: bool = False) -> str | None:
    """The browser's name, 32 hexadecimal digits; None until the browser has answered once.

    It outlives reloads and restarts of the browser where localStorage is allowed, else it lasts as
    long as the tab. It is what the browser claims: unguessable, hence as good as a password, and
    nothing more.

    Args:
        offered: the name that a browser without one takes, so that what it started before it
            answered is its own; without an offer it makes one up.
        whole: whether this run of the script draws the whole page. Its node is marked when the
            page is drawn for the name: before that it is drawn once more.
    """
    known = (st.session_state.get(key) or {}).get("identity")
    said = _mount(
        key=key,
        data={"known": known, "offered": offered, "whole": whole},
        on_identity_change=_nothing,
    ).identity
    return said if isinstance(said, str) and re.fullmatch(r"[0-9a-f]{32}", said) else None


def _nothing() -> None:
    """A state value is reported only where a callback is registered."""
