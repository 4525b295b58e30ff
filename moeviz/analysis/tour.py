"""What the first picture of the app shows of a text: one layer's routing and the next-token guess.

Made of a `RoutingTrace`, recorded or live, as plain values for JSON. The recorded one lies beside
this file; `python -m moeviz record` writes it. Knows nothing of how a model is trained or drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from moeviz.analysis.inspection import softmax
from moeviz.config import ArmConfig, RunConfig
from moeviz.traces import RoutingTrace, TraceQuestion

EXAMPLE = "2 + 2 = 4. def main(): return x"
STEPS = 200
MODEL = RunConfig((ArmConfig.of("B", {"balancer": "switch"}),))
"""The lab's model B with all knobs at their defaults, alone: training is the same beside A."""

NEXT_TOKENS = 4
SHOWN_TOKENS = 14
"""Tokens that the picture has room for; those after them do not change what it shows."""

RECORD = Path(__file__).with_name("tour.json")
_DIGITS = 4


def tour_question(text: str) -> TraceQuestion:
    """What the model is asked about a text."""
    return TraceQuestion(MODEL.arms[0].name, {}, text)


def tour_trace(trace: RoutingTrace) -> dict[str, Any]:
    """The last layer's routing of the first T ≤ SHOWN_TOKENS tokens, rounded, as lists.

    Returns:
        step; layer; n_tokens of the whole text; tokens (T); vectors (T, D), which enter the layer;
        scores (T, E) of the router; experts (T, K) by preference; gate_weights (T, K); next: for
        each token the NEXT_TOKENS likeliest next ones with their probabilities.
    """
    layer = trace.layers[-1]
    shown = slice(0, SHOWN_TOKENS)
    return {
        "step": trace.step,
        "layer": len(trace.layers) - 1,
        "n_tokens": trace.n_tokens,
        "tokens": list(trace.tokens[shown]),
        "vectors": _rounded(layer.residual[shown]),
        "scores": _rounded(layer.router_scores[shown]),
        "experts": layer.expert_index[shown].tolist(),
        "gate_weights": _rounded(layer.gate_weights[shown]),
        "next": [_likeliest(row, trace.vocabulary) for row in trace.logits[shown]],
    }


def _likeliest(logits: Any, vocabulary: tuple[str, ...]) -> list[tuple[str, float]]:
    probabilities = softmax(logits)
    best = np.argsort(-probabilities, kind="stable")[:NEXT_TOKENS]
    return [(vocabulary[v], round(float(probabilities[v]), _DIGITS)) for v in best.tolist()]


def _rounded(values: Any) -> Any:
    return np.round(values.astype(float), _DIGITS).tolist()


def record_text(trace: Mapping[str, Any], corpus: str) -> str:
    """The recorded file's content.

    Args:
        corpus: `corpus_hash` of the text that the model was trained on.
    """
    record = {"text": EXAMPLE, "corpus": corpus, **trace}
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in record.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def recorded() -> Mapping[str, Any]:
    """`tour_trace` of EXAMPLE as it was recorded, with its `text` and the `corpus` hash."""
    record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record
