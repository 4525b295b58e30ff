"""Popovers of the lab's row. A closed popover is not rendered, so a knob change stays cheap.

With all popovers rendered, half of what the page sends would be invisible. Streamlit forgets the
widgets of a closed popover; their values are in the page's state, so that they show them again.
Knows nothing of what a popover holds.
"""

from __future__ import annotations

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from moeviz.ui.shared.session_state import noted


def popover(label: str, icon: str, key: str, *, disabled: bool = False) -> PopoverContainer:
    """A popover that reruns the page when it opens or closes; render into it while it is `open`."""
    return st.popover(label, icon=f":material/{icon}:", key=key, on_change=noted, disabled=disabled)
