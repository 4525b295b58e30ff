"""The figures in the prose of the start page, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.records import WINDOW_STEPS
from moeviz.texts import page_texts

TEXTS = page_texts(__file__, window=str(WINDOW_STEPS))
SOURCES = (
    ("moeviz.model.feed_forward", "MoEFeedForward"),
    ("moeviz.routing.selection", "select_experts"),
)
