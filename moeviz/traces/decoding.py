"""The question how many different experts a batch touches when it is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.records import FloatArray
from moeviz.traces.question import IntArray, Question, ReadOnly

DECODED_SEQUENCES = 64
"""Sequences that are decoded side by side when distinct experts are counted."""


@dataclass(frozen=True, slots=True)
class DistinctExpertsQuestion(Question):
    """How many experts do B tokens of as many sequences touch? Answered by DistinctExperts."""


@dataclass(frozen=True, slots=True, eq=False)
class DistinctExperts(ReadOnly):
    """Experts that one decoding step touches, at several batch sizes: 1, 2, 4, … sequences.

    Attributes:
        batch_sizes: (sizes,) values of B. steps: (sizes,) decode steps counted at each.
        touched: (L, sizes) distinct experts of each layer, a mean over these steps.
    """

    step: int
    n_experts: int
    top_k: int
    batch_sizes: IntArray
    steps: IntArray
    touched: FloatArray
