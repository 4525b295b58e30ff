"""Traces of random but consistent numbers: what a router could have done, without a router.

Loops instead of tensors, so that a test can compare the plan with something else than the code
that made the trace.
"""

from __future__ import annotations

import math

import numpy as np

from moeviz.config import RoutingConfig
from moeviz.traces import AssignmentList, LayerTrace, Routes, RoutingTrace

TEXT = (
    "The router sends each token to a few experts , and␣ every expert has only so many seats ; "
    'de f ␣return x + y ing tion 3 7 × 8 = 56 " key " : [ 1 , 2 ] Das Haus ist le chat dort'
)
WORDS = TEXT.split()
D = 16


def made_up_trace(
    n_tokens: int = 12,
    n_experts: int = 8,
    top_k: int = 2,
    capacity_factor: float | None = None,
    *,
    seed: int = 0,
    renormalise: bool = False,
    sigmoid: bool = False,
    bias: float = 0.0,
    reroute: bool = False,
    first_token: str | None = None,
    n_layers: int = 1,
) -> RoutingTrace:
    """One trace; the scores depend on seed, tokens and experts alone, not on k or capacity."""
    words = [
        WORDS[(i * 7 + seed) % len(WORDS)] if i >= 40 else WORDS[i % len(WORDS)]
        for i in range(n_tokens)
    ]
    if first_token is not None and words:
        words[0] = first_token
    layers = tuple(
        _layer(
            np.random.default_rng([seed, each]),
            n_tokens,
            n_experts,
            top_k,
            capacity_factor,
            renormalise,
            sigmoid,
            bias,
            reroute,
        )
        for each in range(n_layers)
    )
    return RoutingTrace(
        step=300,
        routing=RoutingConfig(top_k=top_k, capacity_factor=capacity_factor),
        tokens=tuple(words),
        token_ids=np.arange(n_tokens),
        sequence=np.arange(n_tokens) // 64,
        n_tokens=n_tokens,
        layers=layers,
        logits=np.zeros((n_tokens, 4)),
        vocabulary=("a", "b", "c", "d"),
    )


def _layer(
    rng, n_tokens, n_experts, top_k, factor, renormalise, sigmoid, bias, reroute
) -> LayerTrace:
    popular = rng.normal(0, 0.7, n_experts)
    logits = rng.normal(0, 1.1, (n_tokens, n_experts)) + popular
    probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    if sigmoid:
        probs = 1 / (1 + np.exp(-logits))
    b = np.round(-bias * popular, 3)
    ranked = probs + b
    chosen = np.argsort(-ranked, axis=1)[:, :top_k].reshape(n_tokens, top_k)
    capacity = None if factor is None else math.ceil(factor * top_k * n_tokens / n_experts)
    sent, place, kept = _assign_slots(chosen, ranked, capacity, reroute)
    gates = np.take_along_axis(probs, sent, 1)
    if renormalise:
        gates = gates / gates.sum(1, keepdims=True)
    residual = rng.normal(0, 1, (n_tokens, D)) * (1 + rng.random((n_tokens, 1)))
    output = rng.normal(0, 0.6, (n_tokens, top_k, D)) * kept[:, :, None]
    return LayerTrace(
        residual=residual,
        router_input=residual,
        router_logits=logits,
        router_noise=np.zeros_like(logits),
        router_scores=probs,
        selection_bias=b,
        selection_scores=ranked,
        assignments=AssignmentList.rectangle(
            n_experts, chosen=chosen, expert=sent, weight=gates, queue_place=place, kept=kept
        ),
        expert_output=output.reshape(-1, D),
        moe_output=(gates[:, :, None] * output).sum(1),
        expert_capacity=capacity,
        expert_norm=np.ones(n_experts),
    )


def _assign_slots(chosen, ranked, capacity, reroute):
    """First choices in token order, then second ones; a full expert may send a slot on, once."""
    n_tokens, top_k = chosen.shape
    sent, place, kept = chosen.copy(), np.zeros_like(chosen), np.ones(chosen.shape, bool)
    waiting = [0] * ranked.shape[1]
    for k in range(top_k):
        for t in range(n_tokens):
            expert = chosen[t, k]
            if reroute and capacity is not None and waiting[expert] >= capacity:
                for other in np.argsort(-ranked[t]):
                    if other not in sent[t] and waiting[other] < capacity:
                        expert = other
                        break
            sent[t, k], place[t, k] = expert, waiting[expert]
            kept[t, k] = capacity is None or waiting[expert] < capacity
            waiting[expert] += 1
    return sent, place, kept


def routes_of(step: int, expert_index: np.ndarray, n_experts: int = 8) -> Routes:
    """Routes of (L, T, K) experts."""
    layers = tuple(
        AssignmentList.rectangle(
            n_experts,
            chosen=each,
            expert=each,
            weight=np.ones(each.shape),
            queue_place=np.zeros_like(each),
            kept=np.ones(each.shape, bool),
        )
        for each in expert_index
    )
    return Routes(step, layers)
