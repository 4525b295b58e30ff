"""Each library's load-balancing loss of a held-out batch, and its gradient by the router logits.

Knows nothing of pages or of coefficients.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from moeviz.model.feed_forward import LayerRouting
from moeviz.routing.conventions import (
    LOSS_CONVENTIONS,
    REFERENCE,
    RoutedBatch,
    collapsed_batch,
    even_batch,
    hugging_face,
    slot_counts,
)
from moeviz.routing.rules import routing_rule
from moeviz.traces import GLOBAL_BATCHES, ConventionsQuestion, ConventionValues
from moeviz.training.capacity_study import passed, study_batch
from moeviz.training.probe import Probe


def convention_values(probe: Probe, question: ConventionsQuestion) -> ConventionValues:
    """Every convention's value on batch 0 and its gradient by the router logits of all layers.

    The gradient stops at the logits: it does not reach the router's own weights.
    """
    batches = [study_batch(probe, number) for number in range(GLOBAL_BATCHES)]
    routed = [passed(probe, batch.tokens[:, :-1])[1] for batch in batches]
    n_experts = probe.arm.model.n_experts
    counts = [slot_counts(_chosen(each), n_experts) for each in routed]
    logits = torch.stack([each.router_logits for each in routed[0]]).requires_grad_()
    rule = routing_rule(probe.arm.routing.routing_rule)
    probs = torch.stack([rule.router_probs(rule.router_scores(layer)) for layer in logits])
    n_sequences = len(batches[0].domain)
    batch = RoutedBatch(probs, _chosen(routed[0]), n_sequences, torch.stack(counts).sum(dim=0))
    values = {name: each.loss(batch) for name, each in LOSS_CONVENTIONS.items()}
    gradients = {name: _gradient(value, logits) for name, value in values.items()}
    alone, pooled = _example()
    return ConventionValues(
        step=probe.step,
        n_sequences=n_sequences,
        n_tokens=probs.shape[1],
        top_k=probe.arm.routing.top_k,
        counts=counts[0].numpy(),
        global_counts=batch.global_counts.numpy(),
        names=tuple(values),
        values=np.array([value.item() for value in values.values()]),
        even_values=_values(even_batch(batch)),
        collapsed_values=_values(collapsed_batch(batch)),
        gradient_norm=np.array([each.norm().item() for each in gradients.values()]),
        agreement=np.array([_cosine(each, gradients[REFERENCE]) for each in gradients.values()]),
        layer_values=_hugging_face_of_each(batch),
        example_alone=alone,
        example_pooled=pooled,
    )


def _values(batch: RoutedBatch) -> np.ndarray:
    return np.array([each.loss(batch).item() for each in LOSS_CONVENTIONS.values()])


def _chosen(routings: tuple[LayerRouting, ...]) -> Tensor:
    return torch.stack([each.chosen_index for each in routings])


def _gradient(value: Tensor, logits: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(value, logits, retain_graph=True)
    return gradient.flatten()


def _cosine(one: Tensor, other: Tensor) -> float:
    """0 where one of them is 0."""
    lengths = one.norm() * other.norm()
    return (one @ other / lengths).item() if lengths > 0 else 0.0


@torch.no_grad()
def _hugging_face_of_each(batch: RoutedBatch) -> np.ndarray:
    """(L,) of each layer as if it were the only one."""
    layers = zip(batch.router_probs, batch.expert_index, batch.global_counts, strict=True)
    alone = (RoutedBatch(p[None], i[None], batch.n_sequences, c[None]) for p, i, c in layers)
    return np.array([hugging_face(each).item() for each in alone])


def _example() -> tuple[np.ndarray, float]:
    """Two layers of four experts, k = 2: one collapsed onto experts 0 and 1, one onto 2 and 3."""
    index = torch.tensor([[[0, 1]], [[2, 3]]])
    probs = torch.zeros(2, 1, 4).scatter(2, index, 0.5)
    batch = RoutedBatch(probs, index, 1, slot_counts(index, 4))
    return _hugging_face_of_each(batch), hugging_face(batch).item()
