"""The figures in the prose of Library conventions, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.analysis.conventions import REFERENCE_ALPHA
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.routing.conventions import LOSS_CONVENTIONS
from moeviz.texts import page_texts
from moeviz.traces import GLOBAL_BATCHES

TEXTS = page_texts(__file__, batches=str(GLOBAL_BATCHES), alpha=f"{REFERENCE_ALPHA:g}")
SOURCES = tuple(
    [("moeviz.routing.conventions", name) for name in LOSS_CONVENTIONS]
    + [("moeviz.routing.capacity_conventions", name) for name in CAPACITY_CONVENTIONS]
)
