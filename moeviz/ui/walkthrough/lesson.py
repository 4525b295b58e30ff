"""The prose of the routing walkthrough, and the functions whose source it shows."""

from __future__ import annotations

from moeviz.texts import page_texts
from moeviz.ui.shared.controls import title_of

TEXTS = page_texts(
    __file__,
    lowest_scores=title_of("drop_policy", "probability"),
    latest_tokens=title_of("drop_policy", "position"),
    renormalised=title_of("router", "softmax_topk_renormalised"),
    as_it_is=title_of("router", "softmax_topk"),
)

SOURCES = [
    ("moeviz.routing.route", "route"),
    ("moeviz.model.feed_forward", "MoEFeedForward"),
    ("moeviz.training.tracing", "counterfactual"),
    ("moeviz.analysis.saturation", "settled_from"),
]
