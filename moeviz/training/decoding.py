"""How many different experts a batch really touches when held-out text is decoded.

Asks a model at rest, in one forward pass over texts that it did not write (teacher forcing): with
attention that is causal and routing that drops nothing, position t of it routes as the t-th
decoding step does. Knows nothing of who asks.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import torch

from moeviz.data.batches import held_out_batch
from moeviz.data.corpus import Corpus
from moeviz.traces import DECODED_SEQUENCES, STUDY_TOKENS, DistinctExperts, DistinctExpertsQuestion
from moeviz.training.probe import Probe

if TYPE_CHECKING:
    from jaxtyping import Int
    from torch import Tensor

    from moeviz.routing.record import Chosen


def decoded_sequences(probe: Probe) -> Int[Tensor, "B S"]:
    """(DECODED_SEQUENCES, S) held-out tokens of all domains, in an order drawn once for all.

    S is the model's context, or what STUDY_TOKENS allow. A batch mixes domains, as a server's does.
    None is there twice, which would touch fewer experts: what a short text lacks the others give.
    """
    length = min(probe.arm.model.context_length, STUDY_TOKENS // DECODED_SEQUENCES)
    most = -(-DECODED_SEQUENCES // len(probe.corpus.domains))
    while len(tokens := _distinct(probe.corpus, length, most)) < DECODED_SEQUENCES:
        most += 1
    order = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))
    return tokens[order[:DECODED_SEQUENCES]]


def _distinct(corpus: Corpus, length: int, most_per_domain: int) -> Int[Tensor, "B S"]:
    """(B, length) tokens, no two rows the same: windows of a text that repeats itself can be."""
    windows = held_out_batch(corpus, length, most_per_domain).tokens[:, :-1].tolist()
    return torch.tensor(list(dict.fromkeys(map(tuple, windows))))


@torch.no_grad()
def distinct_experts(probe: Probe, question: DistinctExpertsQuestion) -> DistinctExperts:
    """The mean of |∪ chosen experts| over groups of B neighbouring sequences and all positions.

    Dropless, whatever the run's capacity: a decoding step has nothing to gain from dropping.
    """
    tokens = decoded_sequences(probe)
    routing = dataclasses.replace(probe.arm.routing, capacity_factor=None)
    _, passes = probe.model(tokens, routing, probe.method_state)
    n_experts = probe.arm.model.n_experts
    sizes = [2**power for power in range(DECODED_SEQUENCES.bit_length())]
    touched = [
        _touched(each.routing.assignments.chosen, len(tokens), n_experts, sizes) for each in passes
    ]
    return DistinctExperts(
        step=probe.step,
        n_experts=n_experts,
        top_k=routing.top_k,
        batch_sizes=np.array(sizes),
        steps=tokens.numel() // np.array(sizes),
        touched=np.array(touched),
    )


def _touched(chosen: Chosen, n_sequences: int, n_experts: int, sizes: list[int]) -> list[float]:
    """Mean distinct experts of the batch's positions, by the number of sequences in a group."""
    chose = torch.zeros(chosen.n_tokens, n_experts)
    chose[chosen.token, chosen.expert] = 1
    chose = chose.view(n_sequences, -1, n_experts)
    groups = (chose.view(-1, size, *chose.shape[1:]).amax(dim=1) for size in sizes)
    return [each.sum(dim=-1).mean().item() for each in groups]
