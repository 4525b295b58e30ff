"""How the pages hand data to their components."""

from __future__ import annotations

import pytest

from moeviz.ui.shared.navigation import LAB, START
from tests.pages.live import opened_at


@pytest.mark.parametrize("path", [START, LAB])
def test_no_component_makes_streamlit_look_for_data_frames(page, hand, path, monkeypatch):
    # It would import pandas for that, while the first visitor waits.
    searched = []
    monkeypatch.setattr(
        "streamlit.components.v2.bidi_component.serialization.is_dataframe_like", searched.append
    )
    live = opened_at(page, hand, path)
    live.press("step")
    assert live.data["run"]["id"] in hand.known
    assert searched == []
