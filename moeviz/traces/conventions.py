"""The question what value each library's load-balancing loss gives a held-out batch."""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.records import FloatArray
from moeviz.traces.question import Question, ReadOnly


@dataclass(frozen=True, slots=True)
class ConventionsQuestion(Question):
    """What is batch 0's load-balancing loss by each convention? Answered by ConventionValues."""


@dataclass(frozen=True, slots=True, eq=False)
class ConventionValues(ReadOnly):
    """One batch's load-balancing loss by each of `BALANCING_LOSSES`, in their order.

    Attributes:
        n_sequences, n_tokens, top_k: B, T and K of the batch.
        counts: (L, E) assignments of each expert. global_counts: over the global batch.
        names: of the conventions. values: what each multiplies by its α.
        even_values, collapsed_values: the same of an even and of a collapsed batch of this shape.
        gradient_norm: of each value by the router logits of all layers.
        agreement: cosine between each gradient and that of the reference.
        layer_values: (L,) Hugging Face's function of each layer on its own.
        example_alone, example_pooled: of two layers of four experts that have collapsed onto
            different pairs: Hugging Face's function of each, and of both.
    """

    step: int
    n_sequences: int
    n_tokens: int
    top_k: int
    counts: FloatArray
    global_counts: FloatArray
    names: tuple[str, ...]
    values: FloatArray
    even_values: FloatArray
    collapsed_values: FloatArray
    gradient_norm: FloatArray
    agreement: FloatArray
    layer_values: FloatArray
    example_alone: FloatArray
    example_pooled: float
