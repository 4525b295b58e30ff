"""What the numbers of a traced layer say of its rule, and how much the layer adds.

Read off the numbers, not off the rule's name. Knows nothing of words.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from moeviz.traces import LayerTrace


def score_function(layer: LayerTrace) -> Literal["softmax", "sigmoid", "rule"]:
    """What made the scores of the logits; "rule": neither softmax nor sigmoid."""
    if np.allclose(layer.router_scores.sum(1), 1, atol=1e-3):
        return "softmax"
    logits = (layer.router_logits + layer.router_noise).astype(np.float64)
    if np.allclose(1 / (1 + np.exp(-logits)), layer.router_scores, atol=1e-3):
        return "sigmoid"
    return "rule"


def score_name(layer: LayerTrace) -> str:
    """What a score is called: a sigmoid's scores are no distribution over the experts."""
    return "probability" if score_function(layer) == "softmax" else "score"


def score_symbol(layer: LayerTrace) -> str:
    """The letter of a router's score in formulas: p for a probability, else s."""
    return "p" if score_function(layer) == "softmax" else "s"


def overruled(layer: LayerTrace) -> NDArray[np.bool_]:
    """(T,) True where an expert of a higher score than one of the chosen was left out.

    Equal ones overrule nothing.
    """
    assignments, scores = layer.assignments, layer.router_scores
    least_chosen = np.full(len(scores), np.inf, dtype=scores.dtype)
    own = scores[assignments.token, assignments.chosen]
    np.minimum.at(least_chosen, assignments.token, own)
    best_first = -np.sort(-scores, axis=1)
    last = assignments.per_token.clip(1, scores.shape[1]) - 1
    least_wanted = np.take_along_axis(best_first, last[:, None], 1)[:, 0]
    return np.asarray(least_chosen < least_wanted)


def residual_share(layer: LayerTrace) -> NDArray[np.float32]:
    """(T,) |moe_output| / |residual|; 0 where the residual is 0."""
    length = np.linalg.norm(layer.residual, axis=1)
    added = np.linalg.norm(layer.moe_output, axis=1)
    shares: NDArray[np.float32] = np.zeros_like(length)
    np.divide(added, length, out=shares, where=length > 0)
    return shares
