"""How the pages hand data to their components."""

from __future__ import annotations

import pytest

from moeviz.ui.shared.navigation import LAB, START
from tests.pages.visit import visit


@pytest.mark.parametrize("path", [START, LAB])
def test_no_component_makes_streamlit_look_for_data_frames(page, hand, path, monkeypatch):
    # It would import pandas for that, while the first visitor waits.
    searched = []
    monkeypatch.setattr(
        "streamlit.components.v2.bidi_component.serialization.is_dataframe_like", searched.append
    )
    visit(page, path)
    assert page.get("bidi_component")
    assert searched == []
