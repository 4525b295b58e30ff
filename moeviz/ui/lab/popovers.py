"""Doors of the lab's strip: popovers whose insides are drawn only while they are open.

What is not drawn costs a change of a knob nothing: with all insides drawn, half of what the page
sends is for nobody's eyes. Streamlit forgets the widgets of a closed door; what they show is in the
page's state, so that they show it again. Knows nothing of what is behind a door.
"""

from __future__ import annotations

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from moeviz.ui.shared.session_state import noted


def door(label: str, icon: str, key: str, *, disabled: bool = False) -> PopoverContainer:
    """A popover that reruns the page when it opens or closes; draw into it while it is `open`."""
    return st.popover(label, icon=f":material/{icon}:", key=key, on_change=noted, disabled=disabled)
