"""The list of pages, and what has to be ready before the first one is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from moeviz.ui import assets
from moeviz.ui.session import identify

START = "pages/watch/start.py"
LAB = "pages/watch/lab.py"
RUNS = "pages/watch/runs.py"


# Streamlit keeps six rem free above a page and five beside it: the stage would not fit.
_ROOM = """
.stMainBlockContainer { padding: 3.5rem 2.5rem 3rem; }
.stMainBlockContainer [data-testid="stVerticalBlock"] { gap: 0.6rem; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.5rem 1rem 2rem; } }
"""


def pages() -> dict[str, list[Any]]:
    """The sections of the navigation."""
    return {
        "": [st.Page(START, title="Start", default=True)],
        "Watch": [
            st.Page(LAB, title="Training lab", url_path="lab"),
            st.Page(RUNS, title="Your runs", url_path="runs"),
        ],
    }


@st.cache_resource(show_spinner=False)
def _published(static: Path) -> None:
    assets.publish(static)


def prepare(root: Path) -> None:
    """Publish what the browser loads, learn who it is, give the stage the room it needs."""
    _published(root / "static")
    identify()
    st.html(f"<style>{_ROOM}</style>")
