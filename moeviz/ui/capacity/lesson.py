"""The figures in the prose of the Capacity lab, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.texts import page_texts
from moeviz.traces import STUDY_SEQUENCES

_FACTOR = 1.25

TEXTS = page_texts(
    __file__,
    sequences=str(STUDY_SEQUENCES),
    factor=f"{_FACTOR:g}",
    more=f"{100 * (_FACTOR - 1):g} %",
    padding=f"{100 * (1 - 1 / _FACTOR):g} %",
)
SOURCES = (
    ("moeviz.routing.capacity", "expert_capacity"),
    ("moeviz.routing.slots", "assign_slots"),
    ("moeviz.training.capacity_study", "capacity_point"),
    ("moeviz.training.capacity_study", "batch_dependence"),
    ("moeviz.analysis.capacity", "slot_budget"),
)
