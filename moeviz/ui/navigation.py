"""The list of pages, and what has to be ready before the first one is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from moeviz.ui import assets

START = "pages/watch/start.py"
LAB = "pages/watch/lab.py"
RUNS = "pages/watch/runs.py"


def pages() -> dict[str, list[Any]]:
    """The sections of the navigation."""
    return {
        "Watch": [
            st.Page(START, title="Start", default=True),
            st.Page(LAB, title="Training lab", url_path="lab"),
            st.Page(RUNS, title="Your runs", url_path="runs"),
        ]
    }


@st.cache_resource(show_spinner=False)
def _published(static: Path) -> None:
    assets.publish(static)


def prepare(root: Path) -> None:
    """Publish what the browser loads, once a process."""
    _published(root / "static")
