"""The figures in the prose of Library conventions, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.analysis.conventions import REFERENCE_ALPHA
from moeviz.routing.balancers import BALANCERS, BALANCING_LOSSES
from moeviz.routing.balancers.global_batch import GLOBAL_BATCHES
from moeviz.routing.capacity_conventions import CAPACITY_CONVENTIONS
from moeviz.texts import page_texts

TEXTS = page_texts(__file__, batches=str(GLOBAL_BATCHES), alpha=f"{REFERENCE_ALPHA:g}")
_LOSSES = [type(BALANCERS[name]) for name in BALANCING_LOSSES]
SOURCES = tuple(
    [(each.__module__, each.__name__) for each in _LOSSES]
    + [("moeviz.routing.capacity_conventions", name) for name in CAPACITY_CONVENTIONS]
)
