"""The figures in the prose of the training lab, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.records import WINDOW_STEPS
from moeviz.texts import page_texts
from moeviz.ui.shared.training_text import training_text

TEXTS = page_texts(__file__, window=str(WINDOW_STEPS), training_text=training_text())
SOURCES = (
    ("moeviz.routing.losses", "load_balancing_loss"),
    ("moeviz.routing.capacity", "expert_capacity"),
    ("moeviz.routing.losses", "router_z_loss"),
)
