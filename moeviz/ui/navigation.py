"""The list of pages, and what has to be ready before the first one is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from moeviz.ui import assets
from moeviz.ui.session import identify

START = "pages/watch/start.py"
LAB = "pages/watch/lab.py"
THEATRE = "pages/watch/theatre.py"
CAPACITY = "pages/watch/capacity.py"
CONVENTIONS = "pages/watch/conventions.py"
RUNS = "pages/watch/runs.py"
BARGAIN = "pages/count/bargain.py"
MODELS = "pages/count/models.py"
OWN = "pages/count/own.py"
OPERATIONS = "pages/count/operations.py"
MEMORY = "pages/count/memory.py"
SPEED = "pages/count/speed.py"
DIAL = "pages/count/dial.py"


# Streamlit keeps six rem free above a page and five beside it: the stage would not fit.
_ROOM = """
.stMainBlockContainer { padding: 3.5rem 2.5rem 3rem; }
.stMainBlockContainer [data-testid="stVerticalBlock"] { gap: 0.6rem; }
.st-key-opening { align-items: baseline; }
.st-key-happening { line-height: 1.4; }
.st-key-happening [data-testid="stText"] { font-size: 0.875rem; }
.stMainBlockContainer .st-key-happening { gap: 0.2rem; }
.st-key-theatre_example [data-testid="stText"] { font-size: 0.875rem; }
.st-key-theatre_said { font-size: 0.875rem; gap: 0.3rem 1rem; }
.st-key-theatre_side_panel p { font-size: 0.875rem; }
.st-key-scene_source code { font-size: 0.75rem; }
.st-key-models_words :is(p, [data-testid="stText"]) { font-size: 0.875rem; }
:is(.st-key-conventions_losses, .st-key-models_words) table { font-size: 0.8125rem; }
.st-key-models_words table { font-variant-numeric: tabular-nums; }
:is(.st-key-conventions_losses, .st-key-models_words) :is(td, th) { padding: 0.3rem 0.5rem; }
"""

# A phone: the stage comes first when the controls are rows to be swiped, in their own order.
_PHONE = """
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 3.5rem 1rem 2rem; }
  .st-key-transport, .st-key-theatre_strip, .st-key-count_strip,
  .st-key-knobs > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {
    flex-wrap: nowrap !important; overflow-x: auto; scrollbar-width: none; gap: 0.5rem;
    padding: 4px 2rem 4px 4px; margin: -4px;
    mask-image: linear-gradient(90deg, #000 90%, transparent);
  }
  :is(.st-key-transport, .st-key-theatre_strip, .st-key-count_strip) > * { flex: none; }
  [data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; }
  .st-key-transport .st-key-preset { width: 9rem !important; }
  .st-key-knobs [data-testid="stColumn"] { flex: none !important; min-width: 10.5rem !important; }
  .st-key-knobs [data-testid="stColumn"]:has([class*="knob_B"]) { min-width: 18rem !important; }
}
"""


def pages() -> dict[str, list[Any]]:
    """The sections of the navigation."""
    return {
        "": [st.Page(START, title="Start", default=True)],
        "Watch": [
            st.Page(LAB, title="Training lab", url_path="lab"),
            st.Page(THEATRE, title="Routing theatre", url_path="theatre"),
            st.Page(CAPACITY, title="Capacity lab", url_path="capacity"),
            st.Page(CONVENTIONS, title="Same name, different maths", url_path="conventions"),
            st.Page(RUNS, title="Your runs", url_path="runs"),
        ],
        "Count": [
            st.Page(BARGAIN, title="The bargain", url_path="bargain"),
            st.Page(MODELS, title="Released models", url_path="models"),
            st.Page(OWN, title="Your own model", url_path="own"),
            st.Page(OPERATIONS, title="Operations", url_path="operations"),
            st.Page(MEMORY, title="Memory", url_path="memory"),
            st.Page(SPEED, title="Speed", url_path="speed"),
            st.Page(DIAL, title="Sparsity dial", url_path="dial"),
        ],
    }


@st.cache_resource(show_spinner=False)
def _published(static: Path) -> None:
    assets.publish(static)


def prepare(root: Path) -> None:
    """Publish what the browser loads, give the stage the room it needs."""
    _published(root / "static")
    st.html(f"<style>{_ROOM}{_PHONE}</style>")


def show_page() -> None:
    """Draw the page that the address names, for the browser that looks at it.

    The browser is asked for its name once it knows on which page it is: its answer says that page,
    and one that came before would lead to the start page.
    """
    page = st.navigation(pages(), position="top")
    identify()
    page.run()
