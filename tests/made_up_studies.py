"""Answers about batches of made-up but consistent numbers: slots counted by loops."""

from __future__ import annotations

import math

import numpy as np

from moeviz.config import RoutingConfig
from moeviz.routing.balancers import BALANCING_LOSSES
from moeviz.traces import (
    AssignmentList,
    BatchDependence,
    BatchRouting,
    CapacityPoint,
    ConventionValues,
    LayerAssignments,
)

DOMAINS = ("python", "english", "french")


def made_up_batch(
    n_sequences: int = 6,
    length: int = 8,
    n_experts: int = 4,
    top_k: int = 2,
    capacity_factor: float | None = 1.0,
    seed: int = 0,
    tokens: tuple[str, ...] | None = None,
) -> BatchRouting:
    """By position: all assignments of preference 0 in order, then those of preference 1."""
    rng = np.random.default_rng(seed)
    n_tokens = n_sequences * length
    chosen = np.argsort(-(rng.random((n_tokens, n_experts)) ** 3), axis=1)[:, :top_k]
    capacity = None
    if capacity_factor is not None:
        capacity = math.ceil(capacity_factor * top_k * n_tokens / n_experts)
    return BatchRouting(
        step=300,
        routing=RoutingConfig(top_k=top_k, capacity_factor=capacity_factor),
        tokens=tokens or tuple(f"t{i}" for i in range(n_tokens)),
        domains=DOMAINS,
        domain=np.arange(n_sequences) % len(DOMAINS),
        layers=(made_up_assignments(chosen, n_experts, capacity),),
        cross_entropy=rng.random((n_sequences, length)) + 2,
    )


def made_up_assignments(
    chosen: np.ndarray, n_experts: int, capacity: int | None
) -> LayerAssignments:
    """These assignments, with the slots that they find by position."""
    kept, filled = np.ones(chosen.shape, bool), [0] * n_experts
    for preference in range(chosen.shape[1]):
        for token, expert in enumerate(chosen[:, preference]):
            kept[token, preference] = capacity is None or filled[expert] < capacity
            filled[expert] += int(kept[token, preference])
    load = np.bincount(chosen.ravel(), minlength=n_experts) / chosen.size
    return LayerAssignments(
        assignments=AssignmentList.rectangle(
            n_experts,
            chosen=chosen,
            expert=chosen,
            weight=np.full(chosen.shape, 0.5),
            queue_place=np.zeros_like(chosen),
            kept=kept,
        ),
        expert_capacity=capacity,
        expert_load=load,
        processed_load=np.array(filled) / chosen.size,
        normalised_entropy=0.5,
        processed_entropy=0.9,
        max_violation=2.0,
        processed_max_violation=0.1,
    )


def made_up_point(batch: int, factor: float | None, cross_entropy: float) -> CapacityPoint:
    """A factor below 1 drops half of what it leaves out, in two layers."""
    dropped = 0.0 if factor is None else max(0.0, 1 - factor) / 2
    padding = 0.0 if factor is None else max(0.0, 1 - 1 / factor)
    return CapacityPoint(
        300, batch, factor, cross_entropy, np.array([dropped, dropped]), np.array([padding] * 2)
    )


def made_up_dependence(
    sequence: int = 0, alone: float = 0.0, leak: float = 0.0, others: float = 0.0, length: int = 8
) -> BatchDependence:
    """The changes stand at one position each."""
    half = length // 2
    alone_change, later_change = np.zeros(length), np.zeros(length)
    alone_change[1], later_change[0], later_change[half:] = alone, leak, 3.0
    return BatchDependence(
        step=300,
        sequence=sequence,
        changed_from=half,
        alone_change=alone_change,
        later_change=later_change,
        other_change=np.array([others, 0.0]),
    )


def made_up_conventions(top_k: int = 2) -> ConventionValues:
    """Gradients of whole powers of ten; the importance loss has none."""
    names = BALANCING_LOSSES
    n = len(names)
    norms = 10.0 ** np.arange(n)
    norms[names.index("importance")] = 0
    evens = np.arange(n, dtype=float) + 1
    evens[names.index("importance")] = 0
    return ConventionValues(
        step=300,
        n_sequences=4,
        n_tokens=100,
        top_k=top_k,
        counts=np.array([[80.0, 60, 40, 20], [50, 50, 50, 50]]) * top_k / 2,
        global_counts=np.full((2, 4), 200.0),
        names=names,
        values=evens + 0.1,
        even_values=evens,
        collapsed_values=evens * 4,
        gradient_norm=norms,
        agreement=np.linspace(1, 0.3, n),
        layer_values=np.array([2.5, 2.25]),
        example_alone=np.array([4.0, 4.0]),
        example_pooled=2.0,
    )
