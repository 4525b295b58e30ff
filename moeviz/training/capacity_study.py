"""What capacity does to held-out batches: what is dropped, what it costs, what depends on what.

Each answer is one to three forward passes of a model at rest. Knows nothing of pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from moeviz.config import ConfigError
from moeviz.data.batches import Batch, distinct_held_out_batch
from moeviz.routing.metrics import max_violation, normalised_entropy
from moeviz.traces import (
    STUDY_BATCHES,
    STUDY_SEQUENCES,
    STUDY_TOKENS,
    BatchDependence,
    BatchQuestion,
    BatchRouting,
    CapacityPoint,
    CapacityPointQuestion,
    DependenceQuestion,
    LayerAssignments,
)
from moeviz.training.assignment_list import assignment_list
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from moeviz.routing.record import Routing


def study_batch(probe: Probe, number: int) -> Batch:
    """Held-out batch `number`: equally many sequences of each domain, in an order drawn once.

    A domain whose held-out text is too short gives fewer; batch 0 has at least one of each domain.
    The batch mixes the domains, as a training batch does and the held-out loss does not: the last
    sequences in the queue must not all be of one domain.
    """
    if not 0 <= number < STUDY_BATCHES:
        bound = f"a whole number from 0 to {STUDY_BATCHES - 1}"
        raise ConfigError("batch", number, bound)
    most = _sequences_per_domain(probe) * STUDY_BATCHES
    everything = distinct_held_out_batch(probe.corpus, probe.arm.model.context_length, most)
    of_domains = [
        (everything.domain == g).nonzero().flatten() for g in range(len(probe.corpus.domains))
    ]
    mine = torch.cat([rows[number::STUDY_BATCHES] for rows in of_domains])
    order = torch.randperm(len(mine), generator=torch.Generator().manual_seed(number))
    return Batch(everything.tokens[mine[order]], everything.domain[mine[order]])


def _sequences_per_domain(probe: Probe) -> int:
    """Of one batch, where the text is long enough."""
    tokens = len(probe.corpus.domains) * probe.arm.model.context_length
    return max(1, min(STUDY_SEQUENCES, STUDY_TOKENS // tokens))


@torch.no_grad()
def passed(
    probe: Probe, inputs: Int[Tensor, "B S"]
) -> tuple[Float[Tensor, "B S V"], tuple[Routing, ...]]:
    """The model's logits and routings of a batch, without noise."""
    logits: Float[Tensor, "B S V"]
    logits, passes = probe.model(inputs, probe.arm.routing, probe.method_state)
    return logits, tuple(each.routing for each in passes)


def batch_routing(probe: Probe, question: BatchQuestion) -> BatchRouting:
    """Where every token of the batch went, whether it was kept, and how well it was predicted."""
    batch = study_batch(probe, question.batch)
    logits, routings = passed(probe, batch.tokens[:, :-1])
    inputs = batch.tokens[:, :-1].flatten().tolist()
    return BatchRouting(
        step=probe.step,
        routing=probe.arm.routing,
        tokens=tuple(probe.corpus.tokenizer.readable(inputs)),
        domains=probe.corpus.domains,
        domain=batch.domain.numpy(),
        layers=tuple(_assignments(probe, each) for each in routings),
        cross_entropy=_cross_entropy(logits, batch).numpy(),
        sequences_short=_sequences_per_domain(probe) * len(probe.corpus.domains)
        - len(batch.domain),
    )


def capacity_point(probe: Probe, question: CapacityPointQuestion) -> CapacityPoint:
    """The batch's cross-entropy, and the shares of dropped assignments and empty slots."""
    batch = study_batch(probe, question.batch)
    logits, routings = passed(probe, batch.tokens[:, :-1])
    return CapacityPoint(
        step=probe.step,
        batch=question.batch,
        capacity_factor=probe.arm.routing.capacity_factor,
        cross_entropy=_cross_entropy(logits, batch).mean().item(),
        dropped_fraction=np.array([_dropped_fraction(each) for each in routings]),
        padding_fraction=np.array([_padding_fraction(probe, each) for each in routings]),
    )


def batch_dependence(probe: Probe, question: DependenceQuestion) -> BatchDependence:
    """One sequence in its batch, alone, and with its second half replaced.

    The second half comes from the next sequence of the batch: real text, at the same positions.
    """
    inputs = study_batch(probe, 0).tokens[:, :-1]
    n_sequences, length = inputs.shape
    row = question.sequence
    if not 0 <= row < n_sequences:
        raise ConfigError("sequence", row, f"a whole number from 0 to {n_sequences - 1}")
    half = length // 2
    changed = inputs.clone()
    changed[row, half:] = inputs[(row + 1) % n_sequences, half:]
    logits, _ = passed(probe, inputs)
    alone_logits, _ = passed(probe, inputs[row : row + 1])
    changed_logits, _ = passed(probe, changed)
    others = _largest(changed_logits - logits).amax(dim=-1)
    others[row] = 0
    return BatchDependence(
        step=probe.step,
        sequence=row,
        changed_from=half,
        alone_change=_largest(alone_logits[0] - logits[row]).numpy(),
        later_change=_largest(changed_logits[row] - logits[row]).numpy(),
        other_change=others.numpy(),
    )


def _largest(change: Float[Tensor, "*each V"]) -> Float[Tensor, "*each"]:
    """Over the vocabulary."""
    return change.abs().amax(dim=-1)


def _cross_entropy(logits: Float[Tensor, "B S V"], batch: Batch) -> Float[Tensor, "B S"]:
    """Nats of each next token."""
    targets = batch.tokens[:, 1:]
    losses = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return losses.view(targets.shape)


def _assignments(probe: Probe, routing: Routing) -> LayerAssignments:
    assignments = assignment_list(routing, probe.arm.routing)
    load, processed = (
        torch.from_numpy(counts) / len(assignments)
        for counts in (
            np.bincount(assignments.chosen, minlength=assignments.n_experts),
            assignments.processed,
        )
    )
    shares = processed / processed.sum()  # C is at least 1: something is always kept
    return LayerAssignments(
        assignments=assignments,
        expert_capacity=_capacity(probe, routing),
        expert_load=load.numpy(),
        processed_load=processed.numpy(),
        normalised_entropy=normalised_entropy(load).item(),
        processed_entropy=normalised_entropy(shares).item(),
        max_violation=max_violation(load).item(),
        processed_max_violation=max_violation(shares).item(),
    )


def _capacity(probe: Probe, routing: Routing) -> int | None:
    chosen = routing.assignments.chosen
    return chosen.expert_capacity(routing.n_experts, probe.arm.routing.capacity_factor)


def _dropped_fraction(routing: Routing) -> float:
    kept = routing.assignments.kept
    return 0.0 if kept is None else 1 - kept.float().mean().item()


def _padding_fraction(probe: Probe, routing: Routing) -> float:
    """1 − kept / (E·C); nothing is padded when dropless."""
    kept = routing.assignments.kept
    capacity = _capacity(probe, routing)
    if capacity is None or kept is None:
        return 0.0
    return 1 - int(kept.sum()) / (routing.n_experts * capacity)
